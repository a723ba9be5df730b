import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Program } from '../../shared/features/about.ts'
import type { NewEvent } from '../../shared/features/history.ts'
import type { PipelineScope } from '../../shared/features/scope.ts'
import type { PlacedTarget } from '../../shared/features/targets.ts'
import type { WorkTree } from './artifacts/deploy.ts'
import { askedServices } from './asked-services.ts'
import { openAuditFile } from './audit/audit-file.ts'
import { createChangeLog } from './audit/change-log.ts'
import type { Clock } from './clock/clock.ts'
import { createPace } from './clock/pace.ts'
import { createContexts } from './contexts.ts'
import { keepSwitches } from './cost/keep-switches.ts'
import { createHistory } from './history/history.ts'
import { createObserved } from './history/record.ts'
import { recordPipelines } from './history/record-pipelines.ts'
import type { HistoryStore } from './history/store.ts'
import type { Catalog, CatalogOptions } from './pipelines/catalog.ts'
import { keptFolders } from './pipelines/kept-folders.ts'
import { createPrograms, type ProgramsHost } from './programs/programs.ts'
import type { SparkHost } from './runtime/runtime.ts'
import { createFeatures, type ServiceParts, servedServices } from './services.ts'
import { careOfOwnFiles, createTargetEvents } from './target-events.ts'
import { asking } from './targets/asking.ts'
import { createCallBudgets } from './targets/call-budgets.ts'
import { createCallLog } from './targets/calls-made.ts'
import type { AccountAccess, SandboxKey } from './targets/clients.ts'
import { createGate } from './targets/protection/gate.ts'
import { createProtection } from './targets/protection/protection.ts'
import { openRulesFile, RULES_FILE } from './targets/protection/rules-file.ts'
import type { LoginParts } from './targets/targets.ts'
import type { WheelStore } from './wheelhouse/wheel-store.ts'

export interface CoreOptions {
  targets: () => Promise<PlacedTarget[]>
  /** The file of the user's rules of protection; else it is with core's own state. */
  rulesFile?: string
  /** The pipelines that there are; the folders that are added for good are kept with core's own state. */
  pipelines: (kept: CatalogOptions['kept']) => Catalog
  /** The folder of core's own state. */
  stateDir: string
  clock: Clock
  /** Uniform in [0, 1): only for jitter, never for what events are. */
  random: () => number
  /** The text of a file of the project, by its path below the project's root. */
  projectFile: (path: string) => Promise<string>
  /** The paths of all files below a folder of the project. */
  projectFiles: (folder: string) => Promise<string[]>
  /** The commit that the project's files are of; a host that does not know leaves it out. */
  workTree?: WorkTree
  /** Wheels for the packages of a job; a host that cannot fetch any leaves it out. */
  wheels?: WheelStore
  /** What requests to a sandbox target are signed with. It is no part of a target, which goes to the page. */
  sandboxKey: SandboxKey
  /** What AWS targets get their credentials by; a core that has none leaves it out. */
  accounts?: Omit<AccountAccess, 'now'>
  /** How somebody logs in to AWS; a core where nobody can leaves it out. */
  login?: LoginParts
  /** 32 bytes that the system's keychain keeps for this user; undefined where there is no keychain. */
  secretKey?: Promise<Buffer | undefined>
  /** Spark on this machine. */
  spark: SparkHost
  /** What this host keeps running beside core; none when it keeps nothing running. */
  programs?: ProgramsHost | undefined
  /** Called with each address outside of the page that was given to it, so that the host lets that one be opened. */
  mayOpen?: (url: string) => void
  /** What the host is, for those who ask; a host without a page leaves it out. */
  program?: Program
  /** A line for the program's log. */
  log: (line: string) => void
  /** Where what was seen is kept; without it nothing is. */
  history?: HistoryStore | undefined
}

/** All services of the console, whatever host they run in. */
export function createCore(options: CoreOptions) {
  const { clock, log, stateDir } = options
  const history = createHistory(options.history, clock)
  const events = createTargetEvents({ catalog: () => catalog, history, log })
  const care = careOfOwnFiles({ stateDir, clock, events, log })
  options.history?.useCare(care)
  const catalog = options.pipelines(keptFolders(stateDir, care))
  const calls = { log: createCallLog(clock), budgets: createCallBudgets(clock) }
  const protection = createProtection(openRulesFile(options.rulesFile ?? join(stateDir, RULES_FILE)))
  const targets = async () => (await options.targets()).map(protection.classed)
  const auditFile = openAuditFile(join(stateDir, 'audit'), care)
  const changes = createChangeLog({ file: auditFile, clock, care, newId: randomUUID, log })
  const { contextOf, clientsOf, closeClients } = createContexts({
    ...options,
    calls,
    targets,
    gate: createGate({ protection, log: changes }),
    catalog,
    accounts: options.accounts && { ...options.accounts, now: clock.now },
  })
  const pace = createPace(clock)
  const observed = createObserved(history, clock)
  const programs = createPrograms(options.programs)
  const parts: ServiceParts = {
    calls,
    contextOf,
    clientsOf,
    targets,
    protection,
    changes,
    auditFile,
    profiles: options.accounts?.profiles,
    login: options.login,
    catalog,
    clock,
    random: options.random,
    pace,
    history,
    observed,
    programs: programs.service,
    projectFile: options.projectFile,
    projectFiles: options.projectFiles,
    workTree: options.workTree ?? (async () => undefined),
    secretKey: options.secretKey ?? Promise.resolve(undefined),
    spark: options.spark,
    program: options.program,
    mayOpen: options.mayOpen,
    log,
    care,
  }
  const features = createFeatures(parts)
  const recording = new AbortController()
  if (options.history) recordAll(parts, features, recording.signal)
  if (options.history) keepAll(parts, features, recording.signal)
  return {
    services: askedServices(servedServices(parts, features)),
    /** Records what a host knows of a target for all its pipelines: its sandbox died, or is back. */
    recordEvent(target: string, event: NewEvent): void {
      events.record(target, event)
      pace.wake()
    },
    /** A program of the host changed its state. */
    programsChanged: programs.changed,
    /** Ends what runs in the background and closes every connection. */
    async close(): Promise<void> {
      recording.abort()
      await features.simulator.close()
      await history.close()
      closeClients()
    },
  }
}

/** Moves on what stops clusters, in the background, until the signal. */
function keepAll(parts: ServiceParts, { cost }: ReturnType<typeof createFeatures>, signal: AbortSignal): void {
  const { targets, observed, clock, log } = parts
  const isOpened = (scope: PipelineScope) => observed.seenMs(scope) !== undefined
  const options = { ...cost, targets, pipelines: () => pipelineIds(parts), isOpened, clock, log, signal }
  asking({ by: 'limit', name: 'limit' }, () => keepSwitches(options)).catch(
    error => signal.aborted || log(`the limits of clusters are not polled: ${String(error)}`),
  )
}

async function pipelineIds({ catalog }: ServiceParts): Promise<readonly string[]> {
  if (!catalog.ids()) await catalog.list()
  return catalog.ids() ?? []
}

/** Records the history of all pipelines in the background, until the signal. */
function recordAll(parts: ServiceParts, features: ReturnType<typeof createFeatures>, signal: AbortSignal): void {
  const { targets, clock, observed, pace, log } = parts
  const pipelines = () => pipelineIds(parts)
  asking({ by: 'history', name: 'history' }, () =>
    recordPipelines(features, { targets, pipelines, clock, observed, pace, signal }),
  ).catch(error => signal.aborted || log(`the history is not recorded: ${String(error)}`))
}
