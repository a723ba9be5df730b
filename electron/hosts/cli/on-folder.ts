import type { PipelineScope } from '../../../shared/features/scope.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { toAppError } from '../../core/errors/expected-error.ts'
import { dataFolder } from '../data-folder.ts'
import { knownFolder } from '../lock/folder-identity.ts'
import { openCore } from '../open-core.ts'
import { liveSandbox } from '../sandbox/running.ts'
import { askMfaCode } from './ask-mfa-code.ts'
import { pipelineOf } from './scope.ts'
import { openSession, type Session, take } from './session.ts'
import { refuseRegionAlone, type TargetOptions, targetId } from './target.ts'
import type { UnlockOptions } from './unlock.ts'

export interface CommonOptions extends TargetOptions, UnlockOptions {
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
 * Runs a command on the core of a data folder: that of the console that runs there, else one of its own. An AWS target
 * needs no sandbox.
 * @throws ExpectedError where a sandbox is needed and none runs on the folder, or target or pipeline cannot be found
 */
export async function onFolder<T>(
  command: string,
  options: CommonOptions,
  run: (on: OnFolder) => Promise<T>,
): Promise<T> {
  refuseRegionAlone(options)
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const data = dataFolder(options.data, process.env, process.platform)
  // Nothing runs on a folder that is not there, and none is made by asking.
  const isOnAws = options.profile !== undefined
  if (!isOnAws && !(await knownFolder(data))) throw noSandbox(data)
  const session = await openSession({
    data,
    kind: 'command',
    title: `sluice ${command}`,
    pipelines: options.pipelines,
    ...(options.unlock !== undefined && { unlock: options.unlock }),
    say,
    async openOwn() {
      const live = await liveSandbox(data)
      if (!live && !isOnAws) throw noSandbox(data)
      const core = await openCore({
        data,
        endpoint: live?.endpoint,
        keepHistory: false,
        pipelines: options.pipelines,
        askMfaCode,
      })
      return { serve: link => serve(core.services, link, toAppError), close: core.close }
    },
  })
  try {
    const target = targetId(take(await session.targets.list({})), options)
    const { scope } = await pipelineOf(session, options.pipeline, say)
    return await run({ session, scope: { ...scope, target }, data })
  } finally {
    await session.close()
  }
}

/** Runs a command on the core of a data folder that needs neither a sandbox nor a pipeline. */
export async function onCore<T>(
  command: string,
  options: { data?: string },
  run: (session: Session) => Promise<T>,
): Promise<T> {
  const data = dataFolder(options.data, process.env, process.platform)
  const session = await openSession({
    data,
    kind: 'command',
    title: `sluice ${command}`,
    pipelines: [],
    say: line => void process.stderr.write(`${line}\n`),
    async openOwn() {
      const live = await liveSandbox(data)
      const core = await openCore({ data, endpoint: live?.endpoint, keepHistory: false, pipelines: [], askMfaCode })
      return { serve: link => serve(core.services, link, toAppError), close: core.close }
    },
  })
  try {
    return await run(session)
  } finally {
    await session.close()
  }
}

export const noSandbox = (data: string): ExpectedError =>
  new ExpectedError({
    code: 'unavailable',
    message: `No sandbox runs on ${data}.`,
    hint: 'Start one with "sluice demo --keep" or "sluice sandbox", or name its folder with --data.',
    retryable: true,
  })
