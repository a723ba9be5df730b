import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { execute } from '../execute.ts'
import type { StatementRecord } from '../statement-log.ts'
import { checkPlace, type DataApiState, type Place, place } from './place.ts'

/** Management Guide, "Considerations when calling the Data API": 100 kB a statement, 40 statements a batch, 500 active ones. */
const MAX_STATEMENT_BYTES = 100_000
const MAX_BATCH = 40
const MAX_ACTIVE = 500

const Parameters = z.array(z.object({ name: z.string(), value: z.string() })).default([])
const common = {
  ...place,
  ClientToken: z.string().min(1).max(64).optional(),
  StatementName: z.string().max(500).optional(),
  WithEvent: z.boolean().optional(),
  ResultFormat: z.enum(['JSON', 'CSV']).optional(),
}

export const executeStatement: JsonOperation<DataApiState> = operation({
  name: 'ExecuteStatement',
  input: z.object({ ...common, Sql: z.string(), Parameters }),
  run: (state: DataApiState, input) => submit(state, input, [input.Sql], false),
})

export const batchExecuteStatement: JsonOperation<DataApiState> = operation({
  name: 'BatchExecuteStatement',
  input: z.object({ ...common, Sqls: z.array(z.string()).min(1).max(MAX_BATCH), Parameters }),
  run: (state: DataApiState, input) => submit(state, input, input.Sqls, true),
})

type Submission = Place & {
  ClientToken?: string | undefined
  StatementName?: string | undefined
  Parameters: { name: string; value: string }[]
}

/** Takes a statement in and answers at once; a request with a token that is known answers with the statement that the token made. */
function submit(state: DataApiState, input: Submission, sqls: string[], batch: boolean) {
  const database = checkPlace(state, input)
  if (input.Database === undefined) throw new AwsError('ValidationException', 'Database must be specified')
  if (sqls.some(sql => Buffer.byteLength(sql) > MAX_STATEMENT_BYTES)) {
    throw new AwsError('ValidationException', `The query statement size must be at most ${MAX_STATEMENT_BYTES / 1000} KB`)
  }
  const known = input.ClientToken === undefined ? undefined : state.log.findByToken(input.ClientToken)
  const record = known ?? create(state, input, sqls, batch, database)
  return {
    Id: record.id,
    CreatedAt: new Date(record.createdMs),
    Database: database,
    ClusterIdentifier: record.clusterIdentifier,
    WorkgroupName: record.workgroupName,
    DbUser: record.dbUser,
    DbGroups: [],
  }
}

function create(state: DataApiState, input: Submission, sqls: string[], batch: boolean, database: string): StatementRecord {
  if (state.running.size >= MAX_ACTIVE)
    throw new AwsError('ActiveStatementsExceededException', `The number of active statements exceeds ${MAX_ACTIVE}.`)
  const nowMs = state.now()
  const record: StatementRecord = {
    id: state.newId(),
    number: state.log.nextNumber(),
    name: input.StatementName,
    batch,
    sqls,
    parameters: input.Parameters,
    clientToken: input.ClientToken,
    database,
    clusterIdentifier: input.ClusterIdentifier,
    workgroupName: input.WorkgroupName,
    dbUser: input.DbUser ?? state.names.dbUser,
    createdMs: nowMs,
    updatedMs: nowMs,
    status: 'SUBMITTED',
    durationNs: 0,
    subs: sqls.map(sql => ({ sql, status: 'SUBMITTED', durationNs: 0, updatedMs: nowMs, hasResultSet: false, rows: -1 })),
  }
  // On disk before it is answered: a token that was answered must give the same statement after a kill.
  state.log.save(record)
  const execution = execute(state.warehouse, state.log, record)
  state.running.set(record.id, execution)
  void execution.ended.then(() => state.running.delete(record.id))
  return record
}

export const cancelStatement: JsonOperation<DataApiState> = operation({
  name: 'CancelStatement',
  input: z.object({ Id: z.string() }),
  async run(state: DataApiState, { Id }) {
    const record = state.log.find(Id)
    if (!record) throw new AwsError('ResourceNotFoundException', 'Query does not exist.')
    const execution = state.running.get(Id)
    if (!execution)
      throw new AwsError(
        'ValidationException',
        `Could not cancel a query that is already in ${record.status} state with ID: ${Id}`,
      )
    execution.cancel()
    await execution.ended
    return { Status: record.status === 'ABORTED' }
  },
})
