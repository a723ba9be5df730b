import { randomUUID } from 'node:crypto'
import type { ObjectStore } from '../s3/object-store.ts'
import type { SandboxService } from '../server/exchange.ts'
import { jsonService } from '../server/json-protocol.ts'
import { describeTable, listDatabases, listSchemas, listTables } from './operations/browse.ts'
import { describeStatement, getStatementResult, getStatementResultV2, listStatements } from './operations/describe.ts'
import { batchExecuteStatement, cancelStatement, executeStatement } from './operations/execute.ts'
import { listSessions } from './operations/list-sessions.ts'
import type { DataApiState } from './operations/place.ts'
import { settleInterrupted } from './outcome.ts'
import { createSessions } from './sessions.ts'
import { openStatementLog } from './statement-log.ts'
import { openWarehouse } from './warehouse.ts'

/** A batch of 40 statements of 100 kB, as JSON. */
const LIMIT_BYTES = 8 * 1024 * 1024

const PRUNE_EVERY_MS = 600_000

const OPERATIONS = [
  executeStatement,
  batchExecuteStatement,
  cancelStatement,
  describeStatement,
  getStatementResult,
  getStatementResultV2,
  listStatements,
  listSessions,
  listDatabases,
  listSchemas,
  listTables,
  describeTable,
]

export interface RedshiftDataOptions {
  dir: string
  account: string
  region: string
  now: () => number
  /** Measures intervals; `now` when it is left out. */
  monotonic?: () => number
  /** What COPY reads and UNLOAD writes. */
  objects: ObjectStore
  clusterIdentifier: string
  workgroupName: string
  database: string
  dbUser: string
  log: (line: string) => void
}

/** Opens the Redshift Data API on its folder; statements that ran at a kill are settled before the first request. */
export async function openRedshiftData(options: RedshiftDataOptions): Promise<SandboxService> {
  const { dir, objects, now, monotonic = now, clusterIdentifier, workgroupName, database, dbUser } = options
  const warehouse = await openWarehouse({ dir, database, objects, now, monotonic, log: options.log })
  const log = openStatementLog(dir, now())
  await settleInterrupted(warehouse, log)
  await warehouse.prune()
  const sessions = createSessions(warehouse, randomUUID, id => log.list().some(record => record.sessionId === id))
  const names = { clusterIdentifier, workgroupName, database, dbUser }
  const state: DataApiState = { warehouse, log, sessions, running: new Map(), names, now, newId: randomUUID }
  const housekeeping = setInterval(() => {
    log.prune(warehouse.ageing())
    for (const id of sessions.sweep()) state.running.get(id)?.cancel()
    warehouse.prune().catch(error => options.log(`redshift-data: pruning the system tables: ${error}`))
  }, PRUNE_EVERY_MS).unref()
  return jsonService({
    signingName: 'redshift-data',
    targetPrefix: 'RedshiftData',
    state,
    operations: OPERATIONS,
    limitBytes: LIMIT_BYTES,
    async close() {
      clearInterval(housekeeping)
      for (const execution of state.running.values()) execution.cancel()
      await Promise.all([...state.running.values()].map(execution => execution.ended))
      sessions.close()
      warehouse.close()
    },
  })
}
