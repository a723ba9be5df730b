import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { execute } from '../execute.ts'
import type { Session } from '../sessions.ts'
import type { StatementRecord } from '../statement-log.ts'
import { checkPlace, type DataApiState, type Place, place } from './place.ts'
import { noResource, StatementId, WaitTimeSeconds, waitForEnd } from './statement-id.ts'

/**
 * Management Guide, "Considerations when calling the Data API": 100 kB a statement, 40 statements a batch, 500 active
 * ones.
 */
const MAX_STATEMENT_BYTES = 100_000
const MAX_BATCH = 40
const MAX_ACTIVE = 500

const common = {
  ...place,
  Parameters: z
    .array(z.object({ name: z.string(), value: z.string() }))
    .min(1)
    .optional(),
  ClientToken: z.string().min(1).max(64).optional(),
  StatementName: z.string().max(2048).optional(),
  WithEvent: z.boolean().optional(),
  ResultFormat: z.enum(['JSON', 'CSV']).optional(),
  SessionKeepAliveSeconds: z.int().min(0).max(86_400).optional(),
  SessionId: StatementId.optional(),
  WaitTimeSeconds,
}
const Submission = z.object(common)
type Submission = z.output<typeof Submission> & { ExecutionMode?: StatementRecord['executionMode'] }

export const executeStatement: JsonOperation<DataApiState> = operation({
  name: 'ExecuteStatement',
  input: Submission.extend({ Sql: z.string() }),
  run: (state: DataApiState, input, { signal }) => submit(state, input, [input.Sql], false, signal),
})

export const batchExecuteStatement: JsonOperation<DataApiState> = operation({
  name: 'BatchExecuteStatement',
  input: Submission.extend({
    Sqls: z.array(z.string()).min(1).max(MAX_BATCH),
    ExecutionMode: z.enum(['TRANSACTION', 'AUTO_COMMIT']).optional(),
  }),
  run: (state: DataApiState, input, { signal }) => submit(state, input, input.Sqls, true, signal),
})

/**
 * Takes a statement in and answers at once; a request with a token that is known answers with the statement that the
 * token made.
 */
async function submit(state: DataApiState, input: Submission, sqls: string[], batch: boolean, signal: AbortSignal) {
  if (sqls.some(sql => Buffer.byteLength(sql) > MAX_STATEMENT_BYTES)) {
    throw new AwsError('ValidationException', `Cannot process query string larger than ${MAX_STATEMENT_BYTES / 1000}kB`)
  }
  // PostgreSQL's texts end at it: neither the statement nor its row of history could be kept.
  if (sqls.some(sql => sql.includes('\0'))) {
    throw new AwsError('ValidationException', 'The SQL has the character U+0000, which no text of Redshift may have')
  }
  const known = input.ClientToken === undefined ? undefined : state.log.findByToken(input.ClientToken)
  const record = known ?? create(state, input, sqls, batch)
  await waitForEnd(state, record.id, input.WaitTimeSeconds, signal)
  return {
    Id: record.id,
    CreatedAt: new Date(record.createdMs),
    Database: record.database,
    ClusterIdentifier: record.clusterIdentifier,
    WorkgroupName: record.workgroupName,
    DbUser: record.dbUser,
    DbGroups: [],
    ...(record.sessionId && { SessionId: record.sessionId }),
    ...(input.WaitTimeSeconds !== undefined && {
      Status: record.status,
      RedshiftPid: record.number,
      HasResultSet: record.subs.some(sub => sub.hasResultSet),
    }),
  }
}

function create(state: DataApiState, input: Submission, sqls: string[], batch: boolean): StatementRecord {
  const id = state.newId()
  const target = input.SessionId === undefined ? named(state, input) : undefined
  if (state.running.size >= MAX_ACTIVE)
    throw new AwsError('ActiveStatementsExceededException', `The number of active statements exceeds ${MAX_ACTIVE}.`)
  const session = sessionFor(state, input, id, target)
  const { database, clusterIdentifier, workgroupName, dbUser } = session ?? target ?? named(state, input)
  const nowMs = state.now()
  const record: StatementRecord = {
    id,
    number: state.log.nextNumber(),
    name: input.StatementName,
    batch,
    sqls,
    parameters: input.Parameters ?? [],
    clientToken: input.ClientToken,
    database,
    clusterIdentifier,
    workgroupName,
    dbUser,
    createdMs: nowMs,
    updatedMs: nowMs,
    status: 'SUBMITTED',
    durationNs: 0,
    subs: sqls.map(sql => ({
      sql,
      status: 'SUBMITTED',
      durationNs: 0,
      updatedMs: nowMs,
      hasResultSet: false,
      rows: -1,
    })),
    resultFormat: input.ResultFormat,
    executionMode: input.ExecutionMode,
    sessionId: session?.id,
  }
  try {
    // On disk before it is answered: a token that was answered must give the same statement after a kill.
    state.log.save(record)
  } catch (error) {
    if (session) state.sessions.release(session)
    throw error
  }
  const execution = execute(state.warehouse, state.log, record, session)
  const ended = execution.ended.then(() => {
    state.running.delete(id)
    if (session) state.sessions.release(session)
  })
  state.running.set(id, { ...execution, ended })
  return record
}

type Target = Pick<Session, 'database' | 'clusterIdentifier' | 'workgroupName' | 'dbUser'>

function named(state: DataApiState, input: Place): Target {
  const database = checkPlace(state, input)
  if (input.Database === undefined) throw new AwsError('ValidationException', 'Database must be specified')
  return {
    database,
    clusterIdentifier: input.ClusterIdentifier,
    workgroupName: input.WorkgroupName,
    dbUser: input.DbUser ?? state.names.dbUser,
  }
}

/**
 * The session that a statement runs in: the one it names, or a new one when that is to be kept alive. It brings its own
 * warehouse and user.
 */
function sessionFor(
  state: DataApiState,
  input: Submission,
  statementId: string,
  target: Target | undefined,
): Session | undefined {
  const { SessionId, SessionKeepAliveSeconds } = input
  if (target) {
    if (SessionKeepAliveSeconds === undefined) return undefined
    return state.sessions.open(target, SessionKeepAliveSeconds, statementId)
  }
  const other = (['ClusterIdentifier', 'WorkgroupName', 'Database', 'DbUser', 'SecretArn'] as const).find(
    name => input[name] !== undefined,
  )
  if (other) throw new AwsError('ValidationException', `${other} cannot be specified together with SessionId`)
  return state.sessions.claim(SessionId ?? '', SessionKeepAliveSeconds, statementId)
}

export const cancelStatement: JsonOperation<DataApiState> = operation({
  name: 'CancelStatement',
  input: z.object({ Id: StatementId }),
  async run(state: DataApiState, { Id }) {
    const record = state.log.find(Id)
    if (!record) throw noResource('Query does not exist.', Id)
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
