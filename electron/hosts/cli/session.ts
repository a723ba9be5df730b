import { readdir } from 'node:fs/promises'
import { artifactsContract } from '../../../shared/features/artifacts.ts'
import { jobsContract } from '../../../shared/features/jobs.ts'
import { lagContract } from '../../../shared/features/lag.ts'
import { ledgerContract } from '../../../shared/features/ledger.ts'
import { provisionContract } from '../../../shared/features/provision.ts'
import { simulatorContract } from '../../../shared/features/simulator.ts'
import { streamContract } from '../../../shared/features/stream.ts'
import { type Target, targetsContract } from '../../../shared/features/targets.ts'
import { warehouseContract } from '../../../shared/features/warehouse.ts'
import { type PipelineSpec, parsePipelineSpec } from '../../../shared/pipelines/spec.ts'
import { connect } from '../../../shared/rpc/connect.ts'
import { ExpectedError, type Result } from '../../../shared/rpc/contract.ts'
import { memoryLink } from '../../../shared/rpc/memory-link.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { toAppError } from '../../core/aws/expected-error.ts'
import { createCore } from '../../core/core.ts'
import { SANDBOX_ACCOUNT, SANDBOX_REGION, SANDBOX_WAREHOUSE } from '../../sandbox/sandbox.ts'
import { systemClock } from '../clock.ts'
import { coreFolder } from '../data-folder.ts'
import { projectFile, projectPath } from '../project.ts'

export type Session = Awaited<ReturnType<typeof openSession>>

/** Core in this process, reached over the in-memory link as a page would reach it. */
export async function openSession(options: { data: string; endpoint: string }) {
  const core = createCore({
    targets: async () => [sandboxTarget(options.endpoint)],
    pipelines: await loadPipelines(),
    stateDir: coreFolder(options.data),
    clock: systemClock,
    random: Math.random,
    projectFile,
  })
  const link = memoryLink()
  serve(core.services, link.core, toAppError)
  const connection = connect(link.page)
  return {
    targets: connection.client('targets', targetsContract),
    provision: connection.client('provision', provisionContract),
    artifacts: connection.client('artifacts', artifactsContract),
    warehouse: connection.client('warehouse', warehouseContract),
    simulator: connection.client('simulator', simulatorContract),
    stream: connection.client('stream', streamContract),
    lag: connection.client('lag', lagContract),
    jobs: connection.client('jobs', jobsContract),
    ledger: connection.client('ledger', ledgerContract),
    async close() {
      connection.close()
      await core.close()
    },
  }
}

/** The sandbox on this machine as a target. */
function sandboxTarget(endpoint: string): Target {
  const { clusterIdentifier, database, dbUser } = SANDBOX_WAREHOUSE
  return {
    id: 'sandbox',
    kind: 'sandbox',
    title: 'Sandbox',
    region: SANDBOX_REGION,
    account: SANDBOX_ACCOUNT,
    colour: '#7d5bd0',
    protection: 'none',
    endpoint,
    warehouse: { clusterIdentifier, database, dbUser },
  }
}

/** Every spec in shared/pipelines. */
async function loadPipelines(): Promise<PipelineSpec[]> {
  const files = (await readdir(projectPath('shared/pipelines'))).filter(file => file.endsWith('.json')).sort()
  return Promise.all(files.map(async file => parsePipelineSpec(await projectFile(`shared/pipelines/${file}`), file)))
}

/** The value of a result; a failure is thrown as the ExpectedError that it was. */
export function take<T>(result: Result<T>): T {
  if (!result.ok) throw new ExpectedError(result.error)
  return result.value
}

/** The items of a stream; its failure is thrown. */
export async function* takeEach<T>(results: AsyncIterable<Result<T>>): AsyncGenerator<T> {
  for await (const result of results) yield take(result)
}
