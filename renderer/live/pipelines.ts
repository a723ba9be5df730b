import { create } from 'zustand'
import { defaultPipeline, isReady, type PipelineList } from '../../shared/features/pipelines.ts'
import type { AppError, Result } from '../../shared/rpc/contract.ts'
import { useConnection } from '../connection/connection.ts'
import { currentRoute, onRoute } from '../route/route.ts'

/** The pipelines that there are; `list` is absent until core has said so. */
export const usePipelines = create<{ list?: PipelineList; error?: AppError }>(() => ({}))

/** What core answered is what there is from now on. */
export function takePipelines(result: Result<PipelineList>): void {
  usePipelines.setState(result.ok ? { list: result.value, error: undefined } : { error: result.error })
}

/** Reads the specs again: a folder of them may have changed. */
export async function reloadPipelines(): Promise<void> {
  const { services } = useConnection.getState()
  if (services) takePipelines(await services.pipelines.list({}))
}

/** Asks for the pipelines whenever core is there again, and remembers which one is shown. Returns what ends it. */
export function followPipelines(): () => void {
  const remember = () => {
    const named = currentRoute().query.get('pipeline')
    if (named === null) return
    sessionStorage.setItem(REMEMBERED, named)
    localStorage.setItem(REMEMBERED, named)
  }
  remember()
  void reloadPipelines()
  const endings = [useConnection.subscribe(() => void reloadPipelines()), onRoute(remember)]
  return () => {
    for (const end of endings) end()
  }
}

/** This window's last, or of a new window the last of any. */
const REMEMBERED = 'sluice-pipeline'
const remembered = (): string | null => sessionStorage.getItem(REMEMBERED) ?? localStorage.getItem(REMEMBERED)

/**
 * The pipeline that is shown: the one of the link, else the one of last time if it is still there, else the first
 * that can run. Empty while it is not known which there are.
 */
export function chosenPipeline(): string {
  const named = currentRoute().query.get('pipeline')
  if (named !== null) return named
  const ready = usePipelines.getState().list?.pipelines.filter(isReady)
  if (!ready) return ''
  return (ready.find(({ id }) => id === remembered()) ?? defaultPipeline(ready))?.id ?? ''
}
