import type { NewEvent } from '../../shared/features/history.ts'
import { serve } from '../../shared/rpc/serve.ts'
import { toAppError } from '../core/errors/expected-error.ts'
import type { OwnCore } from './core-access/core-access.ts'
import { closeWithin } from './ending.ts'
import { openCore } from './open-core.ts'
import { type SupervisedSandbox, type SuperviseOptions, superviseSandbox } from './sandbox/supervise.ts'

export interface CoreOnSandboxOptions {
  data: string
  sandbox: Omit<SuperviseOptions, 'data' | 'onEvent' | 'onState'>
  keepHistory: boolean
  pipelines: readonly string[]
  secretKey?: Promise<Buffer | undefined>
  /** Called for each address outside of the console that core gives to a page. */
  mayOpen: (url: string) => void
  log: (line: string) => void
  /** What becomes of the sandbox when core is closed; it is stopped when nothing is said. */
  afterwards?: (sandbox: SupervisedSandbox) => Promise<void>
}

/**
 * The folder's sandbox, kept running from here, and core on it: what each console does that holds the folder's core.
 */
export async function openCoreOnSandbox(
  options: CoreOnSandboxOptions,
): Promise<OwnCore & { sandbox: SupervisedSandbox }> {
  const {
    data,
    log,
    keepHistory,
    pipelines,
    secretKey,
    mayOpen,
    afterwards = (ended: SupervisedSandbox) => ended.stop(),
  } = options
  let core: Awaited<ReturnType<typeof openCore>> | undefined
  /** What happened before core was there, such as damaged files that were found when the sandbox opened them. */
  const early: NewEvent[] = []
  const sandbox = await superviseSandbox({
    ...options.sandbox,
    data,
    onEvent(text, state, notice) {
      log(text)
      const { kind = 'sandbox', title = text.replace(/^t/, 'T'), detail } = notice ?? {}
      const event: NewEvent = { kind, state, title, ...(detail !== undefined && { detail }) }
      if (core) core.recordEvent('sandbox', event)
      else if (state !== 'info') early.push(event)
    },
    onState: () => core?.programsChanged(),
  })
  const opened = await openCore({
    data,
    endpoint: sandbox.endpoint,
    keepHistory,
    pipelines,
    mayOpen,
    sandbox,
    ...(secretKey && { secretKey }),
  })
  core = opened
  for (const event of early) opened.recordEvent('sandbox', event)
  return {
    sandbox,
    serve: link => serve(opened.services, link, toAppError),
    async close() {
      await closeWithin(opened.close, log)
      await afterwards(sandbox)
    },
  }
}
