import {
  BatchExecuteStatementCommand,
  CancelStatementCommand,
  DescribeStatementCommand,
  type DescribeStatementCommandOutput,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  type ExecuteStatementCommandOutput,
  type Field,
  GetStatementResultCommand,
  ValidationException,
} from '@aws-sdk/client-redshift-data'
import { ADD_KINESIS_RECORDS, lacksKinesisRecords } from '../../../shared/pipelines/compile/redshift/batch-table.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import { protectedError } from '../targets/protection/protection.ts'
import { changeIn, ownQuery, READ_ONLY_TRANSACTION } from '../targets/read-only.ts'
import { currentAction, isUnlocked } from '../work/action.ts'

export type CellValue = string | number | boolean | null

export interface StatementOutcome {
  id: string
  /** `scale`: digits behind the point, of decimals. */
  columns: { name: string; type: string; scale?: number }[]
  /** At most `maxRows`. Decimals, dates and whole numbers beyond 2^53 are text. */
  rows: CellValue[][]
  totalRows: number
  /** As the warehouse measured it. */
  durationMs: number
}

interface Options {
  signal?: AbortSignal | undefined
  maxRows?: number
  name?: string
  /** Values for the `:name` places of the statement. */
  parameters?: Record<string, string>
  /**
   * Who wrote the SQL: Sluice, unless it says `user`. On a read-only target that decides how closely it is checked.
   */
  by?: 'user'
}

const DEFAULT_MAX_ROWS = 10_000

/**
 * Runs one statement in the target's warehouse to its end. @throws ExpectedError `failed` with Redshift's words;
 * aborting cancels it there
 */
export async function runStatement(
  context: PipelineContext,
  sql: string,
  options: Options = {},
): Promise<StatementOutcome> {
  const { target } = context
  if (options.by === 'user' && target.protection !== 'none' && !isUnlocked(target.id)) {
    // The clients ask again; here it saves the session.
    const what = await changeIn('ExecuteStatement', { Sql: sql }, 'closely')
    if (what !== undefined) throw protectedError(target, target, { what, name: currentAction()?.name ?? null })
    return inReadOnlyTransaction(context, place => runIn(place, context, sql, options), options.signal)
  }
  return runIn(placeOf(context), context, sql, options)
}

type Place = ReturnType<typeof placeOf> | { SessionId: string }

async function runIn(place: Place, context: PipelineContext, sql: string, options: Options): Promise<StatementOutcome> {
  const input = {
    ...place,
    Sql: sql,
    ...(options.name && { StatementName: options.name }),
    ...(options.parameters && {
      Parameters: Object.entries(options.parameters).map(([name, value]) => ({ name, value })),
    }),
  }
  const { Id = '' } = await send(context, options.by === 'user' ? input : ownQuery(input), options.signal)
  return outcomeOf(context, await ended(context, Id, options.signal), Id, options)
}

/** How long the warehouse keeps a session whose console has died. */
const SESSION_SECONDS = 60

/**
 * Runs a query in a transaction in which the warehouse itself refuses changes: a session carries it from BEGIN to
 * ROLLBACK (API reference, ExecuteStatement: SessionId, SessionKeepAliveSeconds). A warehouse that does not open one
 * gets no query of a user.
 */
async function inReadOnlyTransaction(
  context: PipelineContext,
  query: (session: { SessionId: string }) => Promise<StatementOutcome>,
  signal: AbortSignal | undefined,
): Promise<StatementOutcome> {
  const begin = { ...placeOf(context), Sql: READ_ONLY_TRANSACTION.begin, SessionKeepAliveSeconds: SESSION_SECONDS }
  const { Id = '', SessionId } = await send(context, begin, signal)
  if (SessionId === undefined)
    throw new ExpectedError({
      code: 'failed',
      message: 'The warehouse opened no session for a read-only transaction.',
      hint: 'Queries of a read-only target run in one. Check whether this version of the Data API has sessions.',
      retryable: true,
    })
  await ended(context, Id, signal)
  try {
    return await query({ SessionId })
  } finally {
    // The result does not depend on it: a session that this does not close is closed by the warehouse after
    // SESSION_SECONDS.
    await Promise.allSettled([
      send(context, { SessionId, Sql: READ_ONLY_TRANSACTION.end, SessionKeepAliveSeconds: 0 }, undefined),
    ])
  }
}

/** The end of a statement is reported a moment before its session takes the next one. */
const FREE_WITHIN_POLLS = 12

async function send(
  context: PipelineContext,
  input: ExecuteStatementCommandInput,
  signal: AbortSignal | undefined,
): Promise<ExecuteStatementCommandOutput> {
  const poll = context.polls.start('statement')
  for (let refused = 1; ; refused++) {
    try {
      return await context.aws.redshiftData.send(new ExecuteStatementCommand(input), abortable(signal))
    } catch (error) {
      const isBusy = error instanceof ValidationException && /session is not available/i.test(error.message)
      if (!isBusy || refused === FREE_WITHIN_POLLS) throw error
      await poll.wait(signal)
    }
  }
}

/** Runs statements in one transaction. @throws ExpectedError `failed`: then nothing was changed */
export async function runTransaction(context: PipelineContext, sqls: string[], options: Options = {}): Promise<void> {
  const { Id = '' } = await context.aws.redshiftData.send(
    new BatchExecuteStatementCommand({
      ...placeOf(context),
      Sqls: sqls,
      ...(options.name && { StatementName: options.name }),
    }),
    abortable(options.signal),
  )
  await ended(context, Id, options.signal)
}

const abortable = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {})

const placeOf = ({ target }: PipelineContext) => ({
  ClusterIdentifier: target.warehouse.clusterIdentifier,
  Database: target.warehouse.database,
  DbUser: target.warehouse.dbUser,
})

async function ended(
  context: PipelineContext,
  id: string,
  signal: AbortSignal | undefined,
): Promise<DescribeStatementCommandOutput> {
  const { redshiftData } = context.aws
  try {
    const poll = context.polls.start('statement')
    const describe = () => redshiftData.send(new DescribeStatementCommand({ Id: id }), abortable(signal))
    for (;;) {
      const described = await poll.ask(describe, signal)
      if (described.Status === 'FINISHED') return described
      if (described.Status === 'FAILED' || described.Status === 'ABORTED') throw failed(described)
      await poll.wait(signal)
    }
  } catch (error) {
    // The statement runs on without us unless it is cancelled; whether that still took is no longer of interest.
    if (signal?.aborted) await Promise.allSettled([redshiftData.send(new CancelStatementCommand({ Id: id }))])
    throw error
  }
}

function failed({
  Error: message = 'The statement failed.',
  Status,
  SubStatements,
}: DescribeStatementCommandOutput): ExpectedError {
  const place = SubStatements?.findIndex(sub => sub.Status === 'FAILED') ?? -1
  const hint = lacksKinesisRecords(message)
    ? ADD_KINESIS_RECORDS
    : message.includes('does not exist')
      ? 'Check the names in the schema tree; the tables of a pipeline are made by loading its dimensions.'
      : message.includes('read-only')
        ? 'The target is protected: unlock the statement, or choose another target.'
        : message.includes('sys_load_error_detail')
          ? 'Ask for the bad lines: select * from sys_load_error_detail order by start_time desc'
          : 'Correct the statement and run it again.'
  return new ExpectedError({
    code: Status === 'ABORTED' ? 'cancelled' : 'failed',
    message: place > 0 ? `${message} (statement ${place + 1} of the transaction)` : message,
    hint,
    retryable: message.includes('1023'),
  })
}

async function outcomeOf(
  context: PipelineContext,
  described: DescribeStatementCommandOutput,
  id: string,
  options: Options,
): Promise<StatementOutcome> {
  const durationMs = (described.Duration ?? 0) / 1e6
  if (!described.HasResultSet)
    return { id, columns: [], rows: [], totalRows: Math.max(0, described.ResultRows ?? 0), durationMs }
  const maxRows = options.maxRows ?? DEFAULT_MAX_ROWS
  const rows: CellValue[][] = []
  let columns: StatementOutcome['columns'] = []
  let totalRows = 0
  let token: string | undefined
  do {
    const page = await context.aws.redshiftData.send(
      new GetStatementResultCommand({ Id: id, ...(token && { NextToken: token }) }),
      abortable(options.signal),
    )
    columns = (page.ColumnMetadata ?? []).map(({ name = '', typeName = '', scale }) => ({
      name,
      type: typeName,
      ...(typeName === 'numeric' && scale !== undefined && { scale }),
    }))
    totalRows = page.TotalNumRows ?? 0
    rows.push(...(page.Records ?? []).map(record => record.map(cellOf)))
    token = page.NextToken
  } while (token && rows.length < maxRows)
  return { id, columns, rows: rows.slice(0, maxRows), totalRows, durationMs }
}

function cellOf(field: Field): CellValue {
  if (field.stringValue !== undefined) return field.stringValue
  if (field.longValue !== undefined)
    return Number.isSafeInteger(field.longValue) ? field.longValue : String(field.longValue)
  return field.doubleValue ?? field.booleanValue ?? null
}
