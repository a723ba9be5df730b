import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { aboutContract, type Program } from '../../shared/features/about.ts'
import { artifactsContract } from '../../shared/features/artifacts.ts'
import { checkpointContract } from '../../shared/features/checkpoint.ts'
import { historyContract, type NewEvent } from '../../shared/features/history.ts'
import { jobsContract } from '../../shared/features/jobs.ts'
import { lagContract } from '../../shared/features/lag.ts'
import { ledgerContract } from '../../shared/features/ledger.ts'
import { pipelinesContract } from '../../shared/features/pipelines.ts'
import { programsContract } from '../../shared/features/programs.ts'
import { provisionContract } from '../../shared/features/provision.ts'
import { runtimeContract } from '../../shared/features/runtime.ts'
import type { PipelineScope } from '../../shared/features/scope.ts'
import { simulatorContract } from '../../shared/features/simulator.ts'
import { streamContract } from '../../shared/features/stream.ts'
import { type Target, targetsContract } from '../../shared/features/targets.ts'
import { traceContract } from '../../shared/features/trace.ts'
import { warehouseContract } from '../../shared/features/warehouse.ts'
import { ExpectedError } from '../../shared/rpc/contract.ts'
import type { Notice, StateCare } from '../../shared/state/damage.ts'
import { createDiskWatch } from '../../shared/state/disk-watch.ts'
import { createArtifactsService } from './artifacts/artifacts.ts'
import { admit, createCheckpointService } from './checkpoint/checkpoint.ts'
import type { Clock } from './clock/clock.ts'
import { createPace } from './clock/pace.ts'
import { createHistory } from './history/history.ts'
import { PARTS } from './history/observe.ts'
import { createObserved, watched, worked } from './history/record.ts'
import { recordPipelines } from './history/record-pipelines.ts'
import type { HistoryStore } from './history/store.ts'
import { createJobsService } from './jobs/jobs.ts'
import { stepsOnCheckpoint, stepsOnSparkCheckpoints } from './jobs/streaming-step.ts'
import { createLagService } from './lag/lag.ts'
import { createLedgerService } from './ledger/ledger.ts'
import { createLedgers } from './ledgers/ledgers.ts'
import type { PipelineContext } from './pipeline-context.ts'
import type { Catalog, CatalogOptions } from './pipelines/catalog.ts'
import { keptFolders } from './pipelines/kept-folders.ts'
import { createPipelinesService } from './pipelines/pipelines.ts'
import { createPrograms, type ProgramsHost } from './programs/programs.ts'
import { createProvisionService } from './provision/provision.ts'
import { createBatchProgress } from './query-state/batch-progress.ts'
import { createRuntimeService, type SparkHost } from './runtime/runtime.ts'
import { createSimulatorService } from './simulator/simulator.ts'
import { createReadBudget } from './sources/read-budget.ts'
import { createSources } from './sources/sources.ts'
import { createStreamService } from './stream/stream.ts'
import { type AwsClients, createClients, type SandboxKey } from './targets/clients.ts'
import { createPolls } from './targets/polls.ts'
import { createTargetsService } from './targets/targets.ts'
import { createTraceService } from './trace/trace.ts'
import { createWarehouseService } from './warehouse/warehouse.ts'

export interface CoreOptions {
  targets: () => Promise<Target[]>
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
  /** What requests to a sandbox target are signed with. It is no part of a target, which goes to the page. */
  sandboxKey: SandboxKey
  /** 32 bytes that the system's keychain keeps for this user; undefined where there is no keychain. */
  secretKey?: Promise<Buffer | undefined>
  /** Spark on this machine. */
  spark: SparkHost
  /** What this host keeps running beside core; none when it keeps nothing running. */
  programs?: ProgramsHost | undefined
  /** Told of each address outside of the page that was given to it, so that the host lets that one be opened. */
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
  const { clock, projectFile, projectFiles, random } = options
  const clients = new Map<string, AwsClients>()

  function clientsOf(target: Target): AwsClients {
    const key = JSON.stringify([target.id, target.region, target.endpoint])
    const known = clients.get(key) ?? createClients(target, options.sandboxKey)
    clients.set(key, known)
    return known
  }

  async function contextOf(scope: PipelineScope): Promise<PipelineContext> {
    const targets = await options.targets()
    const target = targets.find(entry => entry.id === scope.target) ?? unknownTarget(scope.target, targets)
    const { pipeline: spec, files } = await catalog.find(scope.pipeline)
    const polls = createPolls(target.kind, { clock, random })
    const stateDir = join(options.stateDir, target.id, spec.id)
    return { target, spec, files, aws: clientsOf(target), polls, stateDir }
  }

  /** What is told of a target is told of each of its pipelines; their ids are known once the specs were read. */
  function ofEachPipeline(target: string, tell: (scope: PipelineScope) => void): void {
    const tellAll = (ids: readonly string[] = []) => {
      for (const pipeline of ids) tell({ target, pipeline })
    }
    const ids = catalog.ids()
    if (ids) return void tellAll(ids)
    catalog.list().then(
      () => tellAll(catalog.ids()),
      error => options.log(`the pipelines cannot be read: ${String(error)}`),
    )
  }

  /**
   * What is found out about core's own files is said in the log, and to whoever looks at the sandbox's pipelines: they
   * are on this machine.
   */
  function careOf(): StateCare {
    const notice = (said: Notice) => {
      options.log([said.title, said.detail].filter(Boolean).join('. '))
      const event: NewEvent = { ...said, kind: said.kind ?? 'sandbox' }
      ofEachPipeline('sandbox', scope => {
        // A damaged end that nothing was written over yet is found by every start.
        if (event.kind === 'damage')
          history.eventOnce(scope, event).catch(error => options.log(`the history is not read: ${String(error)}`))
        else history.event(scope, event)
      })
    }
    const watch = createDiskWatch({ dir: options.stateDir, notice })
    const care: StateCare = { repairs: false, now: clock.now, notice, trouble: watch.trouble, room: watch.room }
    options.history?.useCare(care)
    return care
  }

  const history = createHistory(options.history, clock)
  const pace = createPace(clock)
  const care = careOf()
  const catalog = options.pipelines(keptFolders(options.stateDir, care))
  const batches = createBatchProgress()
  const secretKey = options.secretKey ?? Promise.resolve(undefined)
  const budget = createReadBudget(clock)
  const sourceOf = createSources(clock)
  const ledgerOf = createLedgers(clock)
  const deps = {
    contextOf,
    clock,
    projectFile,
    projectFiles,
    random,
    pace,
    batches,
    budget,
    sourceOf,
    ledgerOf,
    secretKey,
    log: options.log,
    care,
  }
  const simulator = createSimulatorService(deps)
  const provision = createProvisionService(deps)
  const artifacts = createArtifactsService(deps)
  const warehouse = createWarehouseService(deps)
  const stream = createStreamService(deps)
  const lag = createLagService(deps)
  const checkpoint = createCheckpointService({
    ...deps,
    newQueryId: randomUUID,
    stepsOnCheckpoint,
    stepsOnSparkCheckpoints,
  })
  const jobs = createJobsService({
    ...deps,
    admit: async (scope, signal) => admit(await checkpoint.look(scope, { signal })),
  })
  const recorder = { history, pace }
  const observed = createObserved(history, clock)
  const programs = createPrograms(options.programs)
  const samples = (scope: PipelineScope, signal: AbortSignal) => simulator.samples(scope, { signal })

  const services = {
    about: {
      contract: aboutContract,
      service: {
        async program() {
          if (options.program) return options.program
          throw new ExpectedError({
            code: 'unavailable',
            message: 'This host does not say what it is.',
            retryable: false,
          })
        },
      },
    },
    targets: {
      contract: targetsContract,
      service: createTargetsService({ targets: options.targets, clientsOf, clock }),
    },
    pipelines: { contract: pipelinesContract, service: createPipelinesService(catalog) },
    history: { contract: historyContract, service: history.service },
    provision: {
      contract: provisionContract,
      service: {
        ...provision,
        apply: worked(recorder, 'Apply the plan', provision.apply),
        destroy: worked(recorder, 'Destroy the pipeline', async function* (input, context) {
          try {
            yield* provision.destroy(input, context)
          } finally {
            batches.forget()
          }
        } satisfies typeof provision.destroy),
      },
    },
    artifacts: {
      contract: artifactsContract,
      service: { ...artifacts, deploy: worked(recorder, 'Deploy the artifacts', artifacts.deploy) },
    },
    warehouse: {
      contract: warehouseContract,
      service: {
        ...warehouse,
        createAndLoadDimensions: worked(recorder, 'Load the dimensions', warehouse.createAndLoadDimensions),
      },
    },
    simulator: {
      contract: simulatorContract,
      service: {
        ...simulator,
        watch: watched(observed, PARTS.simulator, simulator.watch),
      },
    },
    stream: {
      contract: streamContract,
      service: {
        ...stream,
        watch: watched(observed, PARTS.stream, stream.watch),
        reshard: worked(recorder, 'Reshard the stream', stream.reshard),
      },
    },
    lag: { contract: lagContract, service: { ...lag, watch: watched(observed, PARTS.lag, lag.watch) } },
    jobs: {
      contract: jobsContract,
      service: {
        ...jobs,
        watch: watched(observed, PARTS.jobs, jobs.watch),
        start: worked(recorder, 'Start the job', jobs.start, { from: 'submit-step', says: 'its step goes on' }),
        applicationUi: (async (input, context) => {
          const answer = await jobs.applicationUi(input, context)
          if (answer.url) options.mayOpen?.(answer.url)
          return answer
        }) satisfies typeof jobs.applicationUi,
        drain: worked(recorder, 'Drain the job', jobs.drain),
        cancel: worked(recorder, 'End the job', jobs.cancel, {
          from: 'stop-job',
          says: 'its step ends after its batch',
        }),
        addStep: worked(recorder, 'Add a step', jobs.addStep, { from: 'add-step', says: 'the step goes on' }),
        cancelStep: worked(recorder, 'Cancel a step', jobs.cancelStep, {
          from: 'cancel-step',
          says: 'EMR ends the step',
        }),
        terminate: worked(recorder, 'Terminate the cluster', jobs.terminate, {
          from: 'terminate',
          says: 'EMR terminates it',
        }),
      },
    },
    programs: { contract: programsContract, service: programs.service },
    runtime: { contract: runtimeContract, service: createRuntimeService({ ...deps, host: options.spark }) },
    checkpoint: {
      contract: checkpointContract,
      service: {
        ...checkpoint,
        reset: worked(recorder, 'Reset the checkpoint', checkpoint.reset),
        restore: worked(recorder, 'Bring the checkpoint back', checkpoint.restore),
      },
    },
    trace: { contract: traceContract, service: createTraceService({ ...deps, samples }) },
    ledger: {
      contract: ledgerContract,
      service: createLedgerService({
        ...deps,
        simulator: { status: (scope, signal) => simulator.status(scope, { signal }), samples },
      }),
    },
  }
  const recording = new AbortController()
  const pipelineIds = async () => {
    if (!catalog.ids()) await catalog.list()
    return catalog.ids() ?? []
  }
  if (options.history)
    recordPipelines(
      { simulator, stream, lag, jobs },
      { targets: options.targets, pipelines: pipelineIds, clock, observed, pace, signal: recording.signal },
    ).catch(error => recording.signal.aborted || options.log(`the history is not recorded: ${String(error)}`))
  return {
    services,
    /** What a host has to tell of a target to all its pipelines: its sandbox died, or is back. */
    tell(target: string, event: NewEvent): void {
      ofEachPipeline(target, scope => history.event(scope, event))
      pace.wake()
    },
    /** A program of the host changed its state. */
    programsChanged: programs.changed,
    /** Ends what runs in the background and closes every connection. */
    async close(): Promise<void> {
      recording.abort()
      await simulator.close()
      await history.close()
      for (const entry of clients.values()) entry.close()
    },
  }
}

function unknownTarget(asked: string, known: readonly { id: string }[]): never {
  throw new ExpectedError({
    code: 'not_found',
    message: `There is no target named ${asked}.`,
    hint: `Known: ${known.map(entry => entry.id).join(', ') || 'none'}.`,
    retryable: false,
  })
}
