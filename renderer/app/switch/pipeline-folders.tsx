import Button, { type ButtonProps } from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input, { type InputProps } from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import { type RefObject, useEffect, useRef, useState } from 'react'
import type { PipelineEntry, PipelineList, SpecFolderState } from '../../../shared/features/pipelines.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { AppError, Result } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { takePipelines, usePipelines } from '../../live/pipelines.ts'
import { Problem } from '../../ui/problem.tsx'

/** Adds and removes folders of a user's own specs: chosen in a dialog of the window's, or typed in a browser. */
export function PipelineFolders({ onClose }: { onClose: () => void }) {
  const list = usePipelines(pipelines => pipelines.list)
  const { folders = [], pipelines = [] } = list ?? {}
  const { act, failure } = useActions()
  /** The folder that was added last: the focus goes to it, for the button that added it has nothing more to do. */
  const [added, setAdded] = useState<string>()
  const addField = useRef<{ focus(): void }>(null)
  const add = async (path: string) => {
    const known = new Set(folders.map(folder => folder.path))
    const after = await act(({ pipelines }) => pipelines.addFolder({ path, keep: true }))
    if (after) setAdded(after.folders.find(folder => !known.has(folder.path))?.path ?? path)
    return after !== undefined
  }
  const remove = async (path: string) => {
    if (await act(({ pipelines }) => pipelines.removeFolder({ path }))) addField.current?.focus()
  }
  return (
    <Modal visible header="Pipeline folders" onDismiss={onClose} closeAriaLabel="Close">
      <div className="pipeline-folders">
        <p className="note">
          A folder contains specs (*.json), and the SQL files and dimensions that they name in sql/ and dims/. Removing
          a folder from this list deletes neither the folder nor the resources of its pipelines.
        </p>
        {failure && <Problem error={failure} />}
        {folders.length === 0 ? (
          <p>No folders.</p>
        ) : (
          <ul aria-label="Folders">
            {folders.map(folder => (
              <Folder
                key={folder.path}
                folder={folder}
                pipelines={pipelines.filter(entry => entry.folder === folder.path)}
                isAdded={folder.path === added}
                onRemove={() => void remove(folder.path)}
              />
            ))}
          </ul>
        )}
        <AddFolder onAdd={add} field={addField} />
      </div>
    </Modal>
  )
}

function useActions() {
  const services = useConnection(connection => connection.services)
  const [failure, setFailure] = useState<AppError>()
  const act = async (ask: (services: Services) => Promise<Result<PipelineList>>) => {
    if (!services) return undefined
    const result = await ask(services)
    setFailure(result.ok ? undefined : result.error)
    if (!result.ok) return undefined
    takePipelines(result)
    return result.value
  }
  return { act, failure }
}

interface FolderProps {
  folder: SpecFolderState
  /** The specs in it. */
  pipelines: readonly PipelineEntry[]
  /** It was just added. */
  isAdded: boolean
  onRemove: () => void
}

function Folder({ folder, pipelines, isAdded, onRemove }: FolderProps) {
  const item = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (isAdded) item.current?.focus()
  }, [isAdded])
  return (
    <li ref={item} tabIndex={-1}>
      <span>
        <code>{folder.path}</code>
        {!folder.kept && <span className="note">for this program only (--pipelines)</span>}
        <span className="note">{folder.problem ?? contentText(pipelines)}</span>
        {pipelines.map(entry =>
          entry.state === 'unreadable' ? (
            <span className="note" key={entry.file}>
              {entry.file}: {entry.problem}
            </span>
          ) : null,
        )}
      </span>
      <Button ariaLabel={`Remove ${folder.path}`} onClick={onRemove}>
        Remove
      </Button>
    </li>
  )
}

/** `2 pipelines, 1 invalid spec`. */
function contentText(pipelines: readonly PipelineEntry[]): string {
  const invalid = pipelines.filter(entry => entry.state === 'unreadable').length
  const valid = pipelines.length - invalid
  const several = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`
  return [several(valid, 'pipeline'), ...(invalid > 0 ? [several(invalid, 'invalid spec')] : [])].join(', ')
}

interface AddFolderProps {
  /** Resolves to whether it was added. */
  onAdd: (path: string) => Promise<boolean>
  /** What takes the focus when there is nothing else to do. */
  field: RefObject<{ focus(): void } | null>
}

function AddFolder({ onAdd, field }: AddFolderProps) {
  const { sluiceWindow } = globalThis
  const [path, setPath] = useState('')
  const add = async () => {
    if (path.trim() !== '' && (await onAdd(path.trim()))) setPath('')
  }
  if (sluiceWindow)
    return (
      <div>
        <Button
          ref={field as RefObject<ButtonProps.Ref | null>}
          variant="primary"
          onClick={async () => {
            const chosen = await sluiceWindow.chooseFolder()
            if (chosen !== null) await onAdd(chosen)
          }}
        >
          Choose folder
        </Button>
      </div>
    )
  return (
    <div className="pipeline-add">
      <FormField label="Path on the machine that runs Sluice" stretch>
        <Input
          ref={field as RefObject<InputProps.Ref | null>}
          value={path}
          placeholder="/home/me/pipelines"
          onChange={({ detail }) => setPath(detail.value)}
          onKeyDown={({ detail }) => detail.key === 'Enter' && void add()}
        />
      </FormField>
      <Button variant="primary" disabled={path.trim() === ''} onClick={() => void add()}>
        Add folder
      </Button>
    </div>
  )
}
