import type { ArtifactsState, FileChange } from '../../../shared/features/artifacts.ts'
import { Figure } from '../../ui/figure.tsx'
import { bytes } from '../../ui/format.ts'

/** How what is here differs from what is current, and since when that is so. */
export function ArtifactFigures({ state }: { state: ArtifactsState }) {
  const { at, changes, current, since, versions } = state
  const atMs = Date.parse(at)
  const countOf = (wanted: FileChange['state']) => changes.filter(change => change.state === wanted).length
  const files = versions.find(({ id }) => id === current)?.files ?? []
  const differs = changes.length - countOf('same')
  return (
    <section className="card">
      <div className="figures">
        <Figure
          label="Current version"
          value={current?.split('-').at(-1) ?? 'none'}
          source={current ?? 'nothing is deployed yet'}
          {...(since && { atMs: Date.parse(since) })}
        />
        <Figure
          label="Files that differ"
          value={String(differs)}
          atMs={atMs}
          source={`${countOf('added')} added, ${countOf('changed')} changed, ${countOf('removed')} removed`}
          state={differs > 0 ? 'warning' : 'good'}
        />
        <Figure
          label="Files of it"
          value={String(files.length)}
          atMs={atMs}
          source={`${bytes(files.reduce((sum, file) => sum + file.sizeBytes, 0))} in s3://${state.bucket}`}
        />
        <Figure
          label="Versions"
          value={String(versions.length + state.older)}
          atMs={atMs}
          source={state.older > 0 ? `the newest ${versions.length} are listed` : 'all are kept'}
        />
      </div>
    </section>
  )
}
