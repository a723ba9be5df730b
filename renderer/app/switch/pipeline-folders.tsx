import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import { useState } from 'react'
import type { PipelineList } from '../../../shared/features/pipelines.ts'
import type { Services } from '../../../shared/features/services.ts'
import type { AppError, Result } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { takePipelines, usePipelines } from '../../live/pipelines.ts'
import { Problem } from '../../ui/problem.tsx'

/** Adds and removes folders of a user's own specs: chosen in a dialog of the window's, or typed in a browser. */
export function PipelineFolders({ onClose }: { onClose: () => void }) {
  const services = useConnection(connection => connection.services)
  const folders = usePipelines(pipelines => pipelines.list?.folders) ?? []
  const [path, setPath] = useState('')
  const [failure, setFailure] = useState<AppError>()
  const { sluiceWindow } = globalThis

  const act = async (ask: (services: Services) => Promise<Result<PipelineList>>) => {
    if (!services) return false
    const result = await ask(services)
    setFailure(result.ok ? undefined : result.error)
    if (result.ok) takePipelines(result)
    return result.ok
  }
  const add = async (folder: string) => {
    if (folder && (await act(({ pipelines }) => pipelines.addFolder({ path: folder, keep: true })))) setPath('')
  }
  return (
    <Modal visible header="Folders of pipelines" onDismiss={onClose} closeAriaLabel="Close">
      <div className="pipeline-folders">
        <p className="note">
          A folder holds specs (*.json), with the SQL and the dimensions that they name below its sql/ and dims/. A
          folder that is removed stays as it is, and so does what was made for its pipelines.
        </p>
        {failure && <Problem error={failure} />}
        {folders.length === 0 ? (
          <p>No folder was added.</p>
        ) : (
          <ul aria-label="Folders">
            {folders.map(folder => (
              <li key={folder.path}>
                <span>
                  <code>{folder.path}</code>
                  {!folder.kept && <span className="note"> for this program only (--pipelines)</span>}
                  {folder.problem !== null && <span className="note"> {folder.problem}</span>}
                </span>
                <Button
                  ariaLabel={`Remove ${folder.path}`}
                  onClick={() => act(({ pipelines }) => pipelines.removeFolder({ path: folder.path }))}
                >
                  Remove
                </Button>
              </li>
            ))}
          </ul>
        )}
        {sluiceWindow ? (
          <div>
            <Button
              variant="primary"
              onClick={async () => {
                const chosen = await sluiceWindow.chooseFolder()
                if (chosen !== null) await add(chosen)
              }}
            >
              Choose a folder
            </Button>
          </div>
        ) : (
          <div className="pipeline-add">
            <FormField label="Path on the machine that runs Sluice" stretch>
              <Input
                value={path}
                placeholder="/home/me/pipelines"
                onChange={({ detail }) => setPath(detail.value)}
                onKeyDown={({ detail }) => detail.key === 'Enter' && void add(path.trim())}
              />
            </FormField>
            <Button variant="primary" disabled={path.trim() === ''} onClick={() => add(path.trim())}>
              Add
            </Button>
          </div>
        )}
      </div>
    </Modal>
  )
}
