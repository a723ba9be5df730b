import { EventEmitter } from 'node:events'
import { join } from 'node:path'
import type { PlacedTarget } from '../../shared/features/targets.ts'
import { jumpText, watchClock } from '../../shared/time/clock-jumps.ts'
import { createCore } from '../core/core.ts'
import { createHistoryStore } from '../core/history/store.ts'
import { createCatalog } from '../core/pipelines/catalog.ts'
import type { ProgramsHost } from '../core/programs/programs.ts'
import { loginClientConfig } from '../core/targets/clients.ts'
import type { AskMfaCode } from '../core/targets/profiles/credentials.ts'
import { profileTargets } from '../core/targets/profiles/profile-targets.ts'
import { createProfiles } from '../core/targets/profiles/profiles.ts'
import { SANDBOX_ACCOUNT, SANDBOX_REGION, SANDBOX_WAREHOUSE } from '../sandbox/place.ts'
import { aboutProgram } from './about.ts'
import { awsFiles } from './aws-files.ts'
import { systemClock } from './clock.ts'
import { coreFolder } from './data-folder.ts'
import { loginHost } from './login-callback.ts'
import { isPackaged, projectFile, projectFiles } from './project.ts'
import { readAccessKey } from './sandbox/access-key.ts'
import type { SupervisedSandbox } from './sandbox/supervise.ts'
import { sparkHost } from './spark/spark-host.ts'
import { builtInSpecs, openSpecFolder } from './spec-folder.ts'
import { wheelStore } from './wheels/wheel-store.ts'
import { workTreeOf } from './work-tree.ts'

/** A page's one signal is heard by each AWS call that runs for it, many at a time: that is no leak. */
const LISTENERS = 256

/**
 * Core with its state in the data folder, on the sandbox at an address and the AWS profiles of this machine; every host
 * opens it this way.
 */
export async function openCore(options: {
  data: string
  /** Where the sandbox is; undefined where there is none. */
  endpoint: string | undefined
  keepHistory: boolean
  /** Folders of a user's own specs, for this program only. */
  pipelines: readonly string[]
  secretKey?: Promise<Buffer | undefined>
  mayOpen?: (url: string) => void
  /** The sandbox, if it is kept running from here. */
  sandbox?: Pick<SupervisedSandbox, 'program'>
  /** Where somebody can be asked for the code of an MFA device. */
  askMfaCode?: AskMfaCode | undefined
}) {
  const sandbox = options.endpoint === undefined ? [] : [sandboxTarget(options.endpoint)]
  const profiles = createProfiles({ files: awsFiles(process), ...systemClock })
  const targets = async () => [...sandbox, ...profileTargets((await profiles.list()).profiles)]
  const log = (line: string) => void process.stderr.write(`${line}\n`)
  const ignored = Object.keys(process.env).filter(name => name.startsWith('AWS_ENDPOINT_URL'))
  if (ignored.length > 0)
    log(
      `${ignored.join(', ')} of the environment ${ignored.length > 1 ? 'are' : 'is'} not used: AWS targets are ` +
        `called at AWS's own addresses.`,
    )
  EventEmitter.defaultMaxListeners = LISTENERS
  const core = createCore({
    targets,
    pipelines: kept =>
      createCatalog({ builtIn: builtInSpecs, openFolder: openSpecFolder, given: options.pipelines, kept }),
    stateDir: coreFolder(options.data),
    sandboxKey: () => readAccessKey(options.data),
    accounts: { profiles, askMfaCode: options.askMfaCode },
    login: { host: loginHost, clientConfig: loginClientConfig },
    clock: systemClock,
    program: aboutProgram(process, isPackaged, systemClock.now()),
    random: Math.random,
    projectFile,
    projectFiles,
    workTree: workTreeOf(process.env),
    wheels: wheelStore(process),
    log,
    spark: sparkHost(process),
    programs: programsOf(options.sandbox?.program),
    ...(options.mayOpen && { mayOpen: options.mayOpen }),
    ...(options.secretKey && { secretKey: options.secretKey }),
    history: options.keepHistory
      ? createHistoryStore({
          file: join(coreFolder(options.data), 'history.duckdb'),
          now: systemClock.now,
          monotonic: systemClock.monotonic,
          log,
        })
      : undefined,
  })
  const unwatch = watchClock(systemClock, jump => {
    const { title, detail } = jumpText(jump)
    log(`${title}. ${detail}`)
    targets().then(
      known =>
        known.forEach(target => void core.recordEvent(target.id, { kind: 'clock', state: 'warning', title, detail })),
      error => log(`the targets cannot be read: ${String(error)}`),
    )
  })
  return {
    ...core,
    async close() {
      unwatch()
      await core.close()
    },
  }
}

const programsOf = (program: SupervisedSandbox['program']): ProgramsHost | undefined =>
  program && { states: () => [program.state()], retry: () => program.retry() }

/** The sandbox on this machine as a target. */
export function sandboxTarget(endpoint: string): PlacedTarget {
  const { clusterIdentifier, database, dbUser } = SANDBOX_WAREHOUSE
  return {
    id: 'sandbox',
    kind: 'sandbox',
    title: 'Sandbox',
    region: SANDBOX_REGION,
    account: SANDBOX_ACCOUNT,
    colour: '#7d5bd0',
    engines: ['embedded', 'spark'],
    endpoint,
    warehouse: { clusterIdentifier, database, dbUser },
  }
}
