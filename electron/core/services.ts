import { randomUUID } from 'node:crypto'
import { aboutContract, type Program } from '../../shared/features/about.ts'
import { artifactsContract } from '../../shared/features/artifacts.ts'
import { auditContract } from '../../shared/features/audit.ts'
import { callsContract } from '../../shared/features/calls.ts'
import { checkpointContract } from '../../shared/features/checkpoint.ts'
import { costContract } from '../../shared/features/cost.ts'
import { historyContract } from '../../shared/features/history.ts'
import { jobsContract } from '../../shared/features/jobs.ts'
import { lagContract } from '../../shared/features/lag.ts'
import { ledgerContract } from '../../shared/features/ledger.ts'
import { pipelinesContract } from '../../shared/features/pipelines.ts'
import { programsContract } from '../../shared/features/programs.ts'
import { protectionContract } from '../../shared/features/protection.ts'
import { provisionContract } from '../../shared/features/provision.ts'
import { runtimeContract } from '../../shared/features/runtime.ts'
import type { PipelineScope, WorkEvent } from '../../shared/features/scope.ts'
import { simulatorContract } from '../../shared/features/simulator.ts'
import { streamContract } from '../../shared/features/stream.ts'
import { type Target, targetsContract } from '../../shared/features/targets.ts'
import { traceContract } from '../../shared/features/trace.ts'
import { warehouseContract } from '../../shared/features/warehouse.ts'
import { type CallContext, ExpectedError, type ServiceOf } from '../../shared/rpc/contract.ts'
import { parseInput } from '../../shared/rpc/serve.ts'
import type { StateCare } from '../../shared/state/damage.ts'
import { createArtifactsService } from './artifacts/artifacts.ts'
import type { WorkTree } from './artifacts/deploy.ts'
import { createAuditService } from './audit/audit.ts'
import type { AuditFile } from './audit/audit-file.ts'
import { createCallsService } from './calls/calls.ts'
import { admit, createCheckpointService } from './checkpoint/checkpoint.ts'
import type { Clock } from './clock/clock.ts'
import type { Pace } from './clock/pace.ts'
import { createCostFeature } from './cost/cost.ts'
import type { History } from './history/history.ts'
import { PARTS } from './history/observe.ts'
import { type Observed, watched, worked } from './history/record.ts'
import { createJobsService } from './jobs/jobs.ts'
import { stepsOnCheckpoint, stepsOnSparkCheckpoints } from './jobs/streaming-step.ts'
import { createLagService } from './lag/lag.ts'
import { createLedgerService } from './ledger/ledger.ts'
import { createLedgers } from './ledgers/ledgers.ts'
import type { ContextOf } from './pipeline-context.ts'
import type { Catalog } from './pipelines/catalog.ts'
import { createPipelinesService } from './pipelines/pipelines.ts'
import { createProvisionService } from './provision/provision.ts'
import { createBatchProgress } from './query-state/batch-progress.ts'
import { createRuntimeService, type SparkHost } from './runtime/runtime.ts'
import { createSimulatorService } from './simulator/simulator.ts'
import { createReadBudget } from './sources/read-budget.ts'
import { createSources } from './sources/sources.ts'
import { createStreamService } from './stream/stream.ts'
import type { AwsClients } from './targets/clients.ts'
import type { Profiles } from './targets/profiles/profiles.ts'
import type { ChangeLog } from './targets/protection/change.ts'
import { guarded } from './targets/protection/guarded.ts'
import type { Protection } from './targets/protection/protection.ts'
import { createProtectionService } from './targets/protection/service.ts'
import { createUnlocks } from './targets/protection/unlocks.ts'
import { createTargetsService, type LoginParts } from './targets/targets.ts'
import type { WatchedCalls } from './targets/watch-calls.ts'
import { createTraceService } from './trace/trace.ts'
import { createWarehouseService } from './warehouse/warehouse.ts'

export interface ServiceParts {
  calls: WatchedCalls
  contextOf: ContextOf
  clientsOf: (target: Target) => AwsClients
  targets: () => Promise<Target[]>
  profiles: Profiles | undefined
  login: LoginParts | undefined
  catalog: Catalog
  clock: Clock
  random: () => number
  pace: Pace
  history: History
  observed: Observed
  programs: ServiceOf<typeof programsContract>
  projectFile: (path: string) => Promise<string>
  projectFiles: (folder: string) => Promise<string[]>
  workTree: WorkTree
  secretKey: Promise<Buffer | undefined>
  spark: SparkHost
  program: Program | undefined
  mayOpen: ((url: string) => void) | undefined
  log: (line: string) => void
  care: StateCare
  protection: Protection
  changes: ChangeLog & { isUnderWay(id: string): boolean }
  auditFile: AuditFile
}

export type Features = ReturnType<typeof createFeatures>

/** The services of the features, as they are: nothing of them is recorded. */
export function createFeatures(parts: ServiceParts) {
  const { clock } = parts
  const deps = {
    ...parts,
    batches: createBatchProgress(),
    budget: createReadBudget(clock),
    sourceOf: createSources(clock),
    ledgerOf: createLedgers(clock),
  }
  const simulator = createSimulatorService(deps)
  const samples = (scope: PipelineScope, signal: AbortSignal) => simulator.samples(scope, { signal })
  const checkpoint = createCheckpointService({
    ...deps,
    newQueryId: randomUUID,
    stepsOnCheckpoint,
    stepsOnSparkCheckpoints,
  })
  return {
    batches: deps.batches,
    simulator,
    provision: createProvisionService(deps),
    artifacts: createArtifactsService({ ...deps, project: { file: parts.projectFile, list: parts.projectFiles } }),
    warehouse: createWarehouseService(deps),
    stream: createStreamService(deps),
    lag: createLagService(deps),
    checkpoint,
    cost: createCostFeature(deps),
    jobs: createJobsService({
      ...deps,
      admit: async (scope, signal) => admit(await checkpoint.preflight(scope, { signal })),
    }),
    runtime: createRuntimeService({ ...deps, host: parts.spark }),
    trace: createTraceService({ ...deps, samples }),
    ledger: createLedgerService({
      ...deps,
      simulator: { status: (scope, signal) => simulator.status(scope, { signal }), samples },
    }),
  }
}

/**
 * Contract and service of each feature, as hosts serve them: work and watches go to the history, too, and what changes
 * a protected target is refused until it is unlocked.
 */
export function servedServices(parts: ServiceParts, features: Features) {
  const unlocks = createUnlocks({ clock: parts.clock, newId: randomUUID })
  const recorded = recordedServices(parts, features)
  const audit = createAuditService({ file: parts.auditFile, isUnderWay: parts.changes.isUnderWay, clock: parts.clock })
  const protection = createProtectionService({
    ...parts,
    unlocks,
    parseInput: (op, input) => parseInput(recorded, op, input),
  })
  const all = {
    ...recorded,
    audit: { contract: auditContract, service: audit },
    protection: { contract: protectionContract, service: protection },
  }
  return guarded(all, { ...parts, unlocks, newId: randomUUID })
}

function recordedServices(parts: ServiceParts, features: Features) {
  const { history, observed } = parts
  const { artifacts, checkpoint, lag, simulator, stream, warehouse } = features
  return {
    about: { contract: aboutContract, service: aboutService(parts.program) },
    targets: { contract: targetsContract, service: createTargetsService(parts) },
    pipelines: { contract: pipelinesContract, service: createPipelinesService(parts.catalog) },
    history: { contract: historyContract, service: history.service },
    provision: { contract: provisionContract, service: recordedProvision(parts, features) },
    artifacts: {
      contract: artifactsContract,
      service: {
        ...artifacts,
        deploy: worked(parts, 'Deploy the artifacts', artifacts.deploy),
        back: worked(parts, 'Go back to another version of the artifacts', artifacts.back),
      },
    },
    warehouse: {
      contract: warehouseContract,
      service: {
        ...warehouse,
        createAndLoadDimensions: worked(parts, 'Load the dimensions', warehouse.createAndLoadDimensions),
      },
    },
    simulator: {
      contract: simulatorContract,
      service: { ...simulator, watch: watched(observed, PARTS.simulator, simulator.watch) },
    },
    stream: {
      contract: streamContract,
      service: {
        ...stream,
        watch: watched(observed, PARTS.stream, stream.watch),
        repartition: worked(parts, { unlessAStepSays: 'Repartition the stream' }, stream.repartition),
      },
    },
    lag: { contract: lagContract, service: { ...lag, watch: watched(observed, PARTS.lag, lag.watch) } },
    jobs: { contract: jobsContract, service: recordedJobs(parts, features) },
    programs: { contract: programsContract, service: parts.programs },
    runtime: { contract: runtimeContract, service: features.runtime },
    checkpoint: {
      contract: checkpointContract,
      service: {
        ...checkpoint,
        reset: worked(parts, 'Reset the checkpoint', checkpoint.reset),
        restore: worked(parts, 'Restore the checkpoint', checkpoint.restore),
      },
    },
    calls: { contract: callsContract, service: createCallsService(parts) },
    cost: { contract: costContract, service: features.cost.service },
    trace: { contract: traceContract, service: features.trace },
    ledger: { contract: ledgerContract, service: features.ledger },
  }
}

const aboutService = (program: Program | undefined): ServiceOf<typeof aboutContract> => ({
  async program() {
    if (program) return program
    throw new ExpectedError({
      code: 'unavailable',
      message: 'This host does not say what it is.',
      retryable: false,
    })
  },
})

function recordedProvision(parts: ServiceParts, { provision, batches, cost }: Features) {
  /** What stops the cluster may be for another one now, or for another limit. */
  const thenLook = <I extends PipelineScope>(work: (input: I, context: CallContext) => AsyncIterable<WorkEvent>) =>
    async function* (input: I, context: CallContext): AsyncGenerator<WorkEvent> {
      try {
        yield* work(input, context)
      } finally {
        cost.seen.changed(input)
      }
    }
  return {
    ...provision,
    apply: worked(parts, 'Apply the plan', thenLook(provision.apply)),
    limit: worked(parts, 'Set the limit', thenLook(provision.limit)),
    destroy: worked(parts, 'Destroy the pipeline', async function* (input, context) {
      try {
        yield* provision.destroy(input, context)
      } finally {
        batches.forget()
      }
    } satisfies typeof provision.destroy),
  }
}

function recordedJobs(parts: ServiceParts, { jobs }: Features) {
  return {
    ...jobs,
    watch: watched(parts.observed, PARTS.jobs, jobs.watch),
    start: worked(parts, 'Start the job', jobs.start, { from: 'submit-step', says: 'its step goes on' }),
    applicationUi: (async (input, context) => {
      const answer = await jobs.applicationUi(input, context)
      if (answer.url) parts.mayOpen?.(answer.url)
      return answer
    }) satisfies typeof jobs.applicationUi,
    historyUi: (async (input, context) => {
      const answer = await jobs.historyUi(input, context)
      if (answer.url) parts.mayOpen?.(answer.url)
      return answer
    }) satisfies typeof jobs.historyUi,
    drain: worked(parts, 'Drain the job', jobs.drain),
    cancel: worked(parts, 'End the job', jobs.cancel, { from: 'stop-job', says: 'its step ends after its batch' }),
    addStep: worked(parts, 'Add a step', jobs.addStep, { from: 'add-step', says: 'the step goes on' }),
    cancelStep: worked(parts, 'Cancel a step', jobs.cancelStep, { from: 'cancel-step', says: 'EMR ends the step' }),
    terminate: worked(parts, 'Terminate the cluster', jobs.terminate, {
      from: 'terminate',
      says: 'EMR terminates it',
    }),
  }
}
