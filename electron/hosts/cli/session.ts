import { artifactsContract } from '../../../shared/features/artifacts.ts'
import { jobsContract } from '../../../shared/features/jobs.ts'
import { lagContract } from '../../../shared/features/lag.ts'
import { ledgerContract } from '../../../shared/features/ledger.ts'
import { provisionContract } from '../../../shared/features/provision.ts'
import { simulatorContract } from '../../../shared/features/simulator.ts'
import { streamContract } from '../../../shared/features/stream.ts'
import { targetsContract } from '../../../shared/features/targets.ts'
import { warehouseContract } from '../../../shared/features/warehouse.ts'
import { connect } from '../../../shared/rpc/connect.ts'
import { ExpectedError, type Result } from '../../../shared/rpc/contract.ts'
import { memoryLink } from '../../../shared/rpc/memory-link.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { toAppError } from '../../core/aws/expected-error.ts'
import { openCore } from '../open-core.ts'

export type Session = Awaited<ReturnType<typeof openSession>>

/** Core in this process, reached over the in-memory link as a page would reach it. */
export async function openSession(options: { data: string; endpoint: string }) {
  const core = await openCore(options)
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

/** The value of a result; a failure is thrown as the ExpectedError that it was. */
export function take<T>(result: Result<T>): T {
  if (!result.ok) throw new ExpectedError(result.error)
  return result.value
}

/** The items of a stream; its failure is thrown. */
export async function* takeEach<T>(results: AsyncIterable<Result<T>>): AsyncGenerator<T> {
  for await (const result of results) yield take(result)
}
