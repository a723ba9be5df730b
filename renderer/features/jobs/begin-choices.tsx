import Button from '@cloudscape-design/components/button'
import Input from '@cloudscape-design/components/input'
import { useState } from 'react'
import type { ArchivedCheckpoint, BeginFrom, Choice, Preflight } from '../../../shared/features/checkpoint.ts'
import { useLive } from '../../app/live.ts'
import type { useWork } from '../../app/use-work.ts'
import { absolute, count } from '../../ui/format.ts'
import { TypedConfirm } from '../../ui/typed-confirm.tsx'

interface BeginChoicesProps {
  preflight: Preflight
  work: ReturnType<typeof useWork>
  /** The time that is asked about. */
  time: string | undefined
  setTime: (time: string | undefined) => void
  /** The checkpoint is one of Spark's own, at this address. */
  spark: string | undefined
}

type Asked = { kind: 'reset'; from: BeginFrom; choice: Choice } | { kind: 'restore'; archived: ArchivedCheckpoint }

/** Where the job could begin, what each costs, and the archived checkpoints. */
export function BeginChoices({ preflight, work, time, setTime, spark }: BeginChoicesProps) {
  const [asked, setAsked] = useState<Asked>()
  const pipeline = useLive(live => live.scope.pipeline)
  const begin = (confirm: string) => {
    if (!asked) return
    setAsked(undefined)
    const title = asked.kind === 'reset' ? asked.choice.title : 'Bring the checkpoint back'
    void work.run(title, (services, scope, signal) =>
      asked.kind === 'reset' && spark !== undefined
        ? services.checkpoint.archiveSpark({ ...scope, confirm, address: spark, why: asked.choice.title }, signal)
        : asked.kind === 'reset'
          ? services.checkpoint.reset({ ...scope, confirm, from: asked.from }, signal)
          : services.checkpoint.restore({ ...scope, confirm, archive: asked.archived.id }, signal),
    )
  }
  return (
    <details className="choices">
      <summary>Where the job could begin, and what that means</summary>
      <div className="batch-list">
        <table className="ledger">
          <thead>
            <tr>
              {['Choice; the counts are records', 'New', 'Read again', 'Skipped', 'Lost'].map(name => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {preflight.choices.map(choice => (
              <tr key={choice.kind}>
                <th scope="row">
                  <strong>{choice.title}</strong>{' '}
                  {choice.beginsAt && (
                    <span className="note">{`${absolute(Date.parse(choice.beginsAt))}${choice.estimated ? ', estimated' : ''}`}</span>
                  )}
                  <span className="note">{choice.refused ?? choice.consequences.join(' ')}</span>
                  {choice.kind !== 'checkpoint' && (
                    <Button
                      variant="inline-link"
                      disabled={choice.refused !== undefined || work.state === 'running'}
                      onClick={() => setAsked({ kind: 'reset', from: fromOf(choice, time), choice })}
                      ariaLabel={`${choice.title}…`}
                    >
                      {spark === undefined ? 'Begin there…' : 'Archive it…'}
                    </Button>
                  )}
                </th>
                {[choice.firstTime, choice.readAgain, choice.skipped, choice.lost].map((value, place) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns keep their places
                  <td key={place}>{value === null ? 'not known' : count(value)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {spark === undefined && <AskTime setTime={setTime} />}
      {preflight.archived.length > 0 && (
        <>
          <h3>Archived checkpoints</h3>
          <ul className="plain">
            {preflight.archived.map(archived => (
              <li key={archived.id}>
                {absolute(Date.parse(archived.at))}:{' '}
                {archived.batchId === null ? 'no batch' : `batch ${count(archived.batchId)}`}, {count(archived.records)}{' '}
                records behind it; then from {archived.from}. Why: {archived.why}.{' '}
                {spark === undefined && (
                  <Button
                    variant="inline-link"
                    disabled={work.state === 'running'}
                    ariaLabel={`Restore the checkpoint of ${absolute(Date.parse(archived.at))}…`}
                    onClick={() => setAsked({ kind: 'restore', archived })}
                  >
                    Restore…
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      {asked && (
        <TypedConfirm
          header={asked.kind === 'reset' ? asked.choice.title : 'Bring the checkpoint back'}
          wanted={pipeline}
          keep="Keep the checkpoint"
          action={asked.kind === 'restore' ? 'Restore it' : spark === undefined ? 'Begin there' : 'Archive it'}
          onCancel={() => setAsked(undefined)}
          onConfirm={begin}
        >
          {asked.kind === 'reset'
            ? asked.choice.consequences.join(' ')
            : `The query goes on from where it stood with ${count(asked.archived.records)} records behind it. What was read since is read again; MERGE matches it by key. The current checkpoint is archived.`}
        </TypedConfirm>
      )}
    </details>
  )
}

function fromOf(choice: Choice, time: string | undefined): BeginFrom {
  if (choice.kind === 'time' && time !== undefined) return { kind: 'time', at: time }
  return choice.kind === 'now' ? { kind: 'now' } : { kind: 'oldest' }
}

/** Asks for a time in UTC, and what beginning there would mean. */
function AskTime({ setTime }: { setTime: (time: string | undefined) => void }) {
  const [text, setText] = useState('')
  const ms = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?$/.test(text) ? Date.parse(`${text.replace(' ', 'T')}Z`) : Number.NaN
  return (
    <div className="ask-time">
      <Input
        value={text}
        ariaLabel="A time in UTC to begin at"
        placeholder="2026-11-25 14:00"
        invalid={text !== '' && Number.isNaN(ms)}
        onChange={({ detail }) => setText(detail.value)}
      />
      <Button disabled={Number.isNaN(ms)} onClick={() => setTime(new Date(ms).toISOString())}>
        What would this time mean?
      </Button>
      <span className="note">UTC, as 2026-11-25 14:00</span>
    </div>
  )
}
