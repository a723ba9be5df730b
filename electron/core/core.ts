import { join } from 'node:path'
import { artifactsContract } from '../../shared/features/artifacts.ts'
import { jobsContract } from '../../shared/features/jobs.ts'
import { lagContract } from '../../shared/features/lag.ts'
import { ledgerContract } from '../../shared/features/ledger.ts'
import { provisionContract } from '../../shared/features/provision.ts'
import type { PipelineScope } from '../../shared/features/scope.ts'
import { simulatorContract } from '../../shared/features/simulator.ts'
import { streamContract } from '../../shared/features/stream.ts'
import { type Target, targetsContract } from '../../shared/features/targets.ts'
import { traceContract } from '../../shared/features/trace.ts'
import { warehouseContract } from '../../shared/features/warehouse.ts'
import type { PipelineSpec } from '../../shared/pipelines/spec.ts'
import { ExpectedError } from '../../shared/rpc/contract.ts'
import { createArtifactsService } from './artifacts/artifacts.ts'
import { createJobsService } from './jobs/jobs.ts'
import { createLagService } from './lag/lag.ts'
import { createLedgerService } from './ledger/ledger.ts'
import type { Clock, PipelineContext } from './pipeline-context.ts'
import { createProvisionService } from './provision/provision.ts'
import { createSimulatorService } from './simulator/simulator.ts'
import { createStreamService } from './stream/stream.ts'
import { type AwsClients, createClients } from './targets/clients.ts'
import { createTargetsService } from './targets/targets.ts'
import { createTraceService } from './trace/trace.ts'
import { createWarehouseService } from './warehouse/warehouse.ts'

export interface CoreOptions {
  targets: () => Promise<Target[]>
  pipelines: readonly PipelineSpec[]
  /** The folder of core's own state. */
  stateDir: string
  clock: Clock
  /** Uniform in [0, 1): only for jitter, never for what events are. */
  random: () => number
  /** The text of a file of the project, by its path below the project's root. */
  projectFile: (path: string) => Promise<string>
}

/** All services of the console, whatever host they run in. */
export function createCore(options: CoreOptions) {
  const { clock, projectFile, random } = options
  const clients = new Map<string, AwsClients>()

  function clientsOf(target: Target): AwsClients {
    const key = JSON.stringify([target.id, target.region, target.endpoint])
    const known = clients.get(key) ?? createClients(target)
    clients.set(key, known)
    return known
  }

  async function contextOf(scope: PipelineScope): Promise<PipelineContext> {
    const targets = await options.targets()
    const target = targets.find(entry => entry.id === scope.target) ?? unknown('target', scope.target, targets)
    const spec =
      options.pipelines.find(entry => entry.id === scope.pipeline) ?? unknown('pipeline', scope.pipeline, options.pipelines)
    return { target, spec, aws: clientsOf(target), stateDir: join(options.stateDir, target.id, spec.id) }
  }

  const simulator = createSimulatorService({ contextOf, clock, random, projectFile })
  const services = {
    targets: { contract: targetsContract, service: createTargetsService({ targets: options.targets, clientsOf, clock }) },
    provision: { contract: provisionContract, service: createProvisionService({ contextOf, clock, projectFile }) },
    artifacts: { contract: artifactsContract, service: createArtifactsService({ contextOf, clock, projectFile }) },
    warehouse: { contract: warehouseContract, service: createWarehouseService({ contextOf, clock, projectFile }) },
    simulator: { contract: simulatorContract, service: simulator },
    stream: { contract: streamContract, service: createStreamService({ contextOf, clock }) },
    lag: { contract: lagContract, service: createLagService({ contextOf, clock }) },
    jobs: { contract: jobsContract, service: createJobsService({ contextOf, clock }) },
    trace: {
      contract: traceContract,
      service: createTraceService({ contextOf, clock, samples: (scope, signal) => simulator.samples(scope, { signal }) }),
    },
    ledger: {
      contract: ledgerContract,
      service: createLedgerService({
        contextOf,
        clock,
        simulator: {
          status: (scope, signal) => simulator.status(scope, { signal }),
          samples: (scope, signal) => simulator.samples(scope, { signal }),
        },
      }),
    },
  }
  return {
    services,
    /** Ends what runs in the background and closes every connection. */
    async close(): Promise<void> {
      await simulator.close()
      for (const entry of clients.values()) entry.close()
    },
  }
}

function unknown(kind: 'target' | 'pipeline', asked: string, known: readonly { id: string }[]): never {
  throw new ExpectedError({
    code: 'not_found',
    message: `There is no ${kind} named ${asked}.`,
    hint: `Known: ${known.map(entry => entry.id).join(', ') || 'none'}.`,
    retryable: false,
  })
}
