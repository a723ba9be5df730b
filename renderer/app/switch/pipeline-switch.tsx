import { type RefObject, useEffect, useRef, useState } from 'react'
import type { PipelineEntry } from '../../../shared/features/pipelines.ts'
import { useLive } from '../../live/live.ts'
import { reloadPipelines, usePipelines } from '../../live/pipelines.ts'
import { goTo } from '../../route/route.ts'
import { PipelineFolders } from './pipeline-folders.tsx'
import { Entry, EntryName, Switch } from './switch.tsx'

const reload = (): void => void reloadPipelines()
const BADGES: Record<PipelineEntry['state'], string | undefined> = {
  ready: undefined,
  incomplete: 'not supported yet',
  unreadable: 'invalid spec',
}

/** The pipeline that is shown, and the others. One that cannot run is listed with the reason. */
export function PipelineSwitch() {
  const { list, error } = usePipelines()
  const id = useLive(live => live.scope.pipeline)
  const [folders, setFolders] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  useFocusAfter(folders, button)
  const entries = list?.pipelines ?? []
  const current = entries.find(entry => entry.state !== 'unreadable' && entry.id === id)
  const title = current && current.state !== 'unreadable' ? current.title : id
  return (
    <>
      <Switch
        label={`Pipeline: ${title || 'not known yet'}`}
        name={title || 'Pipeline'}
        badge={current && BADGES[current.state]}
        listLabel="Pipelines"
        button={button}
        onOpen={reload}
      >
        {close => (
          <>
            {error && <li className="note">{error.message}</li>}
            {entries.map(entry => (
              <li key={entry.file}>
                <Listed
                  entry={entry}
                  isCurrent={entry === current}
                  onChoose={chosen => {
                    close()
                    goTo('home', { pipeline: chosen })
                  }}
                />
              </li>
            ))}
            <li>
              <button
                type="button"
                onClick={() => {
                  close()
                  setFolders(true)
                }}
              >
                Manage pipeline folders…
              </button>
            </li>
          </>
        )}
      </Switch>
      {folders && <PipelineFolders onClose={() => setFolders(false)} />}
    </>
  )
}

/** Gives the focus to an element when something has closed: the entry that opened it is gone with its list. */
function useFocusAfter(isOpen: boolean, element: RefObject<HTMLElement | null>): void {
  const wasOpen = useRef(false)
  useEffect(() => {
    if (wasOpen.current && !isOpen) element.current?.focus()
    wasOpen.current = isOpen
  }, [isOpen, element])
}

interface ListedProps {
  entry: PipelineEntry
  isCurrent: boolean
  onChoose: (id: string) => void
}

function Listed({ entry, isCurrent, onChoose }: ListedProps) {
  if (entry.state === 'unreadable')
    return (
      <div className="switch-entry">
        <EntryName name={entry.file} badge={BADGES.unreadable} />
        <span className="switch-problem">{entry.problem}</span>
      </div>
    )
  if (entry.state === 'incomplete')
    return (
      <div className="switch-entry">
        <EntryName name={entry.title} badge={BADGES.incomplete} />
        <span className="switch-about">{entry.description}</span>
        <details>
          <summary>
            {entry.missing.length} unsupported {entry.missing.length === 1 ? 'part' : 'parts'}
          </summary>
          <ul>
            {entry.missing.map(part => (
              <li key={part}>{part}</li>
            ))}
          </ul>
        </details>
      </div>
    )
  return (
    <Entry isCurrent={isCurrent} name={entry.title} onChoose={() => onChoose(entry.id)}>
      <span className="switch-about">{entry.description}</span>
      {entry.folder !== null && <span className="switch-about">{entry.file}</span>}
    </Entry>
  )
}
