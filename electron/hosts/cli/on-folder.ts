import type { PipelineScope } from '../../../shared/features/scope.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { toAppError } from '../../core/errors/expected-error.ts'
import { dataFolder } from '../data-folder.ts'
import { knownFolder } from '../lock/folder-identity.ts'
import { openCore } from '../open-core.ts'
import { liveSandbox } from '../sandbox/running.ts'
import { pipelineOf } from './scope.ts'
import { openSession, type Session } from './session.ts'

export interface CommonOptions {
  data?: string
  json: boolean
  /** Folders of specs. */
  pipelines: string[]
  pipeline?: string
}

/** What a command works on: the core of a data folder, and the pipeline that it is about. */
export interface OnFolder {
  session: Session
  scope: PipelineScope
  /** The folder's path. */
  data: string
}

/**
 * Runs a command on the core of a data folder: that of the console that runs there, else one of its own.
 * @throws ExpectedError where no sandbox runs on the folder, or no pipeline can be found
 */
export async function onFolder<T>(
  command: string,
  options: CommonOptions,
  run: (on: OnFolder) => Promise<T>,
): Promise<T> {
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const data = dataFolder(options.data, process.env, process.platform)
  // Nothing runs on a folder that is not there, and none is made by asking.
  if (!(await knownFolder(data))) throw noSandbox(data)
  const session = await openSession({
    data,
    kind: 'command',
    title: `sluice ${command}`,
    pipelines: options.pipelines,
    say,
    async openOwn() {
      const live = await liveSandbox(data)
      if (!live) throw noSandbox(data)
      const core = await openCore({ data, endpoint: live.endpoint, keepHistory: false, pipelines: options.pipelines })
      return { serve: link => serve(core.services, link, toAppError), close: core.close }
    },
  })
  try {
    const { scope } = await pipelineOf(session, options.pipeline, say)
    return await run({ session, scope, data })
  } finally {
    await session.close()
  }
}

const noSandbox = (data: string): ExpectedError =>
  new ExpectedError({
    code: 'unavailable',
    message: `No sandbox runs on ${data}.`,
    hint: 'Start one with "sluice demo --keep" or "sluice sandbox", or name its folder with --data.',
    retryable: true,
  })
