import './pipeline-switch.css'
import { useState } from 'react'
import type { PipelineEntry } from '../../../shared/features/pipelines.ts'
import { useLive } from '../../live/live.ts'
import { reloadPipelines, usePipelines } from '../../live/pipelines.ts'
import { goTo } from '../../route/route.ts'
import { PipelineFolders } from './pipeline-folders.tsx'
import { useOpenList } from './use-open-list.ts'

const reload = (): void => void reloadPipelines()

/** Which pipeline is looked at, and the way to the others. One that cannot run is listed with the reason. */
export function PipelineSwitch() {
  const { list, error } = usePipelines()
  const id = useLive(live => live.scope.pipeline)
  const [folders, setFolders] = useState(false)
  const { box, open, setOpen, onKeyDown } = useOpenList(reload)
  const entries = list?.pipelines ?? []
  const current = entries.find(entry => entry.state !== 'unreadable' && entry.id === id)
  const title = current && current.state !== 'unreadable' ? current.title : id
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes it from anywhere inside
    <div className="pipeline" ref={box} onKeyDown={onKeyDown}>
      <button
        type="button"
        className="pipeline-button"
        aria-expanded={open}
        aria-controls="pipelines"
        aria-label={`Pipeline: ${title || 'not known yet'}`}
        onClick={() => setOpen(!open)}
      >
        <strong>{title || 'Pipeline'}</strong>
        {current?.state === 'incomplete' && <span className="target-badge">cannot run yet</span>}
        <span aria-hidden="true">▾</span>
      </button>
      {open && (
        <ul id="pipelines" className="target-list" aria-label="Pipelines">
          {error && <li className="note">{error.message}</li>}
          {entries.map(entry => (
            <li key={entry.file}>
              <Entry
                entry={entry}
                isCurrent={entry === current}
                onChoose={chosen => {
                  setOpen(false)
                  goTo('home', { pipeline: chosen })
                }}
              />
            </li>
          ))}
          <li>
            <button
              type="button"
              onClick={() => {
                setOpen(false)
                setFolders(true)
              }}
            >
              Folders of pipelines …
            </button>
          </li>
        </ul>
      )}
      {folders && <PipelineFolders onClose={() => setFolders(false)} />}
    </div>
  )
}

function Entry({
  entry,
  isCurrent,
  onChoose,
}: {
  entry: PipelineEntry
  isCurrent: boolean
  onChoose: (id: string) => void
}) {
  if (entry.state === 'unreadable')
    return (
      <div className="pipeline-entry">
        <span className="target-name">
          <strong>{entry.file}</strong>
          <span className="target-badge">cannot be read</span>
        </span>
        <span className="target-problem">{entry.problem}</span>
      </div>
    )
  if (entry.state === 'incomplete')
    return (
      <div className="pipeline-entry">
        <span className="target-name">
          <strong>{entry.title}</strong>
          <span className="target-badge">cannot run yet</span>
        </span>
        <span className="target-about">{entry.description}</span>
        <details>
          <summary>Not built yet: {entry.missing.length} kinds of parts</summary>
          <ul className="pipeline-missing">
            {entry.missing.map(part => (
              <li key={part}>{part}</li>
            ))}
          </ul>
        </details>
      </div>
    )
  return (
    <button type="button" aria-current={isCurrent ? 'true' : undefined} onClick={() => onChoose(entry.id)}>
      <span className="target-words">
        <strong>{entry.title}</strong>
        <span className="target-about">{entry.description}</span>
        {entry.folder !== null && <span className="target-about">{entry.file}</span>}
      </span>
    </button>
  )
}
