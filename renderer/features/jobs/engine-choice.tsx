import Button from '@cloudscape-design/components/button'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import type { SparkState } from '../../../shared/features/runtime.ts'
import type { Engine } from '../../../shared/job/engine.ts'
import { bytes } from '../../ui/format.ts'

const TITLES: Record<Engine, string> = { embedded: 'Embedded', spark: 'Spark' }

/** What the job will run on when it is started; and the way to Spark where it is not there. */
export function EngineChoice(choice: {
  engines: readonly Engine[]
  engine: Engine
  onChange: (engine: Engine) => void
  spark: SparkState | undefined
  busy: boolean
  onSetUp: () => void
}) {
  const { engines, engine, spark } = choice
  return (
    <section className="card engine-choice" aria-label="Engine">
      <SegmentedControl
        label="Engine"
        selectedId={engine}
        options={engines.map(id => ({ id, text: TITLES[id], disabled: choice.busy }))}
        onChange={({ detail }) => choice.onChange(detail.selectedId as Engine)}
      />
      <div>
        {engine === 'embedded' ? (
          <p>Runs in the sandbox, starts within a second, and needs nothing installed.</p>
        ) : spark?.runtime ? (
          <p title={spark.runtime.spark.path}>
            Spark {spark.runtime.spark.version} on this machine, not EMR: <code>local[2]</code>, Java{' '}
            {spark.runtime.java.version}, Python {spark.runtime.python.version}.
          </p>
        ) : (
          spark && <NotThere spark={spark} busy={choice.busy} onSetUp={choice.onSetUp} />
        )}
        <p className="note">Both use the same checkpoint: a job can run on another engine each time it starts.</p>
      </div>
    </section>
  )
}

function NotThere({ spark, busy, onSetUp }: { spark: SparkState; busy: boolean; onSetUp: () => void }) {
  const { version, downloadBytes, diskBytes, withJava } = spark.setUp
  return (
    <>
      <p>{spark.missing}</p>
      <p>
        <Button disabled={busy} onClick={onSetUp}>
          Set up Spark
        </Button>{' '}
        <span className="note">
          PySpark {version}
          {withJava ? ' with a Java' : ''} and its packages: about {bytes(downloadBytes)} to download (estimated),{' '}
          {bytes(diskBytes)} on disk, in {spark.own.folder}
        </span>
      </p>
    </>
  )
}
