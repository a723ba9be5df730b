import Button from '@cloudscape-design/components/button'
import { useCallback } from 'react'
import type { ArtifactsState, FileDiff } from '../../../shared/features/artifacts.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useCall } from '../../live/use-call.ts'
import { bytes } from '../../ui/format.ts'
import { Problem } from '../../ui/problem.tsx'
import { Status, type StatusType } from '../../ui/status.tsx'

interface DiffCardProps {
  /** Undefined while it is not known. */
  state: ArtifactsState | undefined
  /** The version whose differences from the one before are shown; else those of what is here from what is current. */
  shown: string | undefined
  onShow: (id: string | undefined) => void
}

/** How the files of one side differ from those of another, line by line where they are texts. */
export function DiffCard({ state, shown, onShow }: DiffCardProps) {
  const version = state?.versions.find(({ id }) => id === shown)
  return (
    <section className="card" aria-label="Differences">
      <div className="card-head">
        <h2>{version ? `What ${version.id} changed` : 'What a deploy would change'}</h2>
        {version && (
          <Button variant="inline-link" onClick={() => onShow(undefined)}>
            Show what a deploy would change
          </Button>
        )}
      </div>
      {state === undefined ? (
        <p className="note">Comparing what is here with what is deployed.</p>
      ) : version ? (
        <Differences key={version.id} from={version.before} to={version.id} at={state.at} />
      ) : (
        <Differences key="here" from={state.current} to="here" at={state.at} />
      )}
    </section>
  )
}

const MARKS: Record<FileDiff['state'], { type: StatusType; word: string }> = {
  added: { type: 'pending', word: 'added' },
  changed: { type: 'warning', word: 'changed' },
  removed: { type: 'stopped', word: 'removed' },
  same: { type: 'success', word: 'the same' },
}

/** `at`: when what they are was read; another time asks again. */
function Differences({ from, to, at }: { from: string | null; to: string; at: string }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another reading asks again
  const ask = useCallback(
    (services: Services, scope: PipelineScope, signal: AbortSignal) =>
      services.artifacts.diff({ ...scope, from, to }, signal),
    [from, to, at],
  )
  const diff = useCall(ask)
  if (diff.state === 'failed') return <Problem error={diff.error} retry={diff.reload} />
  if (!diff.value) return <p className="note">Comparing {to === 'here' ? 'what is here' : to}.</p>
  const changed = diff.value.files.filter(({ state }) => state !== 'same')
  const same = diff.value.files.length - changed.length
  return (
    <>
      {changed.map(file => (
        <FileDifference key={file.name} file={file} isOpen={changed.length === 1} />
      ))}
      <p className="note">
        {changed.length === 0
          ? `Nothing differs: all ${same} files are the same, by their SHA-256.`
          : `${same} ${same === 1 ? 'file is' : 'files are'} the same.`}
      </p>
    </>
  )
}

function FileDifference({ file, isOpen }: { file: FileDiff; isOpen: boolean }) {
  const { name, state, before, after, lines, why } = file
  const sizes = [before, after].flatMap(side => (side ? [bytes(side.sizeBytes)] : [])).join(' → ')
  return (
    <details className="file-diff" open={isOpen}>
      <summary>
        <Status type={MARKS[state].type}>{MARKS[state].word}</Status> <span className="file-name">{name}</span>{' '}
        <span className="note">
          {sizes}
          {why !== null && `; ${why}`}
        </span>
      </summary>
      {lines && lines.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keys
        <section className="log diff-lines" tabIndex={0} aria-label={`Differences of ${name}`}>
          {lines.map((line, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines never move
            <span key={place} data-sign={line[0]}>
              {line}
              {'\n'}
            </span>
          ))}
        </section>
      )}
    </details>
  )
}
