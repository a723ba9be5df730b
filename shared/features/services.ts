import type { Connection } from '../rpc/connect.ts'
import { aboutContract } from './about.ts'
import { artifactsContract } from './artifacts.ts'
import { auditContract } from './audit.ts'
import { callsContract } from './calls.ts'
import { checkpointContract } from './checkpoint.ts'
import { costContract } from './cost.ts'
import { historyContract } from './history.ts'
import { jobsContract } from './jobs.ts'
import { lagContract } from './lag.ts'
import { ledgerContract } from './ledger.ts'
import { pipelinesContract } from './pipelines.ts'
import { programsContract } from './programs.ts'
import { protectionContract } from './protection.ts'
import { provisionContract } from './provision.ts'
import { runtimeContract } from './runtime.ts'
import { simulatorContract } from './simulator.ts'
import { streamContract } from './stream.ts'
import { targetsContract } from './targets.ts'
import { traceContract } from './trace.ts'
import { warehouseContract } from './warehouse.ts'

/** Typed clients of all services over one connection. */
export type Services = ReturnType<typeof servicesOf>
export function servicesOf(connection: Connection) {
  return {
    about: connection.client('about', aboutContract),
    targets: connection.client('targets', targetsContract),
    pipelines: connection.client('pipelines', pipelinesContract),
    history: connection.client('history', historyContract),
    provision: connection.client('provision', provisionContract),
    artifacts: connection.client('artifacts', artifactsContract),
    warehouse: connection.client('warehouse', warehouseContract),
    simulator: connection.client('simulator', simulatorContract),
    stream: connection.client('stream', streamContract),
    lag: connection.client('lag', lagContract),
    calls: connection.client('calls', callsContract),
    cost: connection.client('cost', costContract),
    checkpoint: connection.client('checkpoint', checkpointContract),
    jobs: connection.client('jobs', jobsContract),
    programs: connection.client('programs', programsContract),
    runtime: connection.client('runtime', runtimeContract),
    ledger: connection.client('ledger', ledgerContract),
    trace: connection.client('trace', traceContract),
    protection: connection.client('protection', protectionContract),
    audit: connection.client('audit', auditContract),
  }
}
