import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { readPage, type StoredResult, toCsv } from '../result.ts'
import type { StatementRecord, SubStatement } from '../statement-log.ts'
import type { DataApiState } from './place.ts'
import { findStatement, noResource, StatementId, WaitTimeSeconds, waitForEnd } from './statement-id.ts'

export const describeStatement: JsonOperation<DataApiState> = operation({
  name: 'DescribeStatement',
  input: z.object({ Id: StatementId, WaitTimeSeconds }),
  async run(state: DataApiState, { Id, WaitTimeSeconds: seconds }, { signal }) {
    await waitForEnd(state, Id, seconds, signal)
    const { record, sub } = findStatement(state, Id)
    const whole = !Id.includes(':')
    const shown = sub ?? record.subs.at(-1)
    return {
      Id,
      Status: whole ? record.status : sub?.status,
      CreatedAt: new Date(record.createdMs),
      UpdatedAt: new Date(whole ? record.updatedMs : (sub?.updatedMs ?? record.updatedMs)),
      Duration: whole ? record.durationNs : (sub?.durationNs ?? 0),
      HasResultSet: whole ? record.subs.some(entry => entry.hasResultSet) : (sub?.hasResultSet ?? false),
      Error: whole ? record.error : sub?.error,
      ResultRows: shown?.rows ?? -1,
      ResultSize: shown?.result?.sizeBytes ?? 0,
      QueryString: sub?.sql ?? '',
      Database: record.database,
      ClusterIdentifier: record.clusterIdentifier,
      WorkgroupName: record.workgroupName,
      DbUser: record.dbUser,
      RedshiftPid: record.number,
      RedshiftQueryId: record.number,
      ResultFormat: formatOf(record),
      ...(record.sessionId && { SessionId: record.sessionId }),
      ...(record.batch && { ExecutionMode: record.executionMode ?? 'TRANSACTION' }),
      ...(record.parameters.length > 0 && { QueryParameters: record.parameters }),
      ...(record.batch &&
        whole && { SubStatements: record.subs.map((entry, index) => subShape(record, entry, index)) }),
    }
  },
})

const formatOf = (record: StatementRecord) => record.resultFormat ?? 'JSON'

const subShape = (record: StatementRecord, sub: SubStatement, index: number) => ({
  Id: `${record.id}:${index + 1}`,
  QueryString: sub.sql,
  Status: sub.status,
  Error: sub.error,
  Duration: sub.durationNs,
  HasResultSet: sub.hasResultSet,
  ResultRows: sub.rows,
  ResultSize: sub.result?.sizeBytes ?? 0,
  RedshiftQueryId: record.number,
  CreatedAt: new Date(record.createdMs),
  UpdatedAt: new Date(sub.updatedMs),
})

interface ResultInput {
  Id: string
  NextToken?: string | undefined
  WaitTimeSeconds?: number | undefined
}

/** A page of a result. @throws AwsError when there is none, or when the statement asked for the other format */
async function resultOf(state: DataApiState, input: ResultInput, format: 'JSON' | 'CSV', signal: AbortSignal) {
  const { Id } = input
  await waitForEnd(state, Id, input.WaitTimeSeconds, signal)
  const { record, sub, index } = findStatement(state, Id)
  const shown = sub ?? record.subs[0]
  const status = Id.includes(':') ? shown?.status : record.status
  if (!shown || status !== 'FINISHED') throw noResource(`Query is not in FINISHED state but in ${status}.`, Id)
  if (formatOf(record) !== format) {
    const operationName = format === 'CSV' ? 'GetStatementResult' : 'GetStatementResultV2'
    throw new AwsError(
      'ValidationException',
      `The result format of the query is ${formatOf(record)}: use ${operationName}.`,
    )
  }
  if (!shown.result)
    throw noResource('Query does not have result. Please check query status with DescribeStatement.', Id)
  return { result: shown.result, page: readPage(shown.result, state.log.resultFile(record.id, index), input.NextToken) }
}

const metadata = (columns: StoredResult['columns']) =>
  columns.map(column => ({
    ...column,
    label: column.name,
    isCaseSensitive: column.typeName === 'varchar',
    isCurrency: false,
    isSigned: column.typeName !== 'varchar',
    schemaName: '',
    tableName: '',
  }))

const resultInput = z.object({ Id: StatementId, NextToken: z.string().optional(), WaitTimeSeconds })

export const getStatementResult: JsonOperation<DataApiState> = operation({
  name: 'GetStatementResult',
  input: resultInput,
  async run(state: DataApiState, input, { signal }) {
    const { result, page } = await resultOf(state, input, 'JSON', signal)
    return {
      Records: page.records,
      ColumnMetadata: metadata(result.columns),
      TotalNumRows: result.rows,
      NextToken: page.nextToken,
    }
  },
})

export const getStatementResultV2: JsonOperation<DataApiState> = operation({
  name: 'GetStatementResultV2',
  input: resultInput,
  async run(state: DataApiState, input, { signal }) {
    const { result, page } = await resultOf(state, input, 'CSV', signal)
    return {
      Records: [{ CSVRecords: toCsv(result.columns, page.records) }],
      ColumnMetadata: metadata(result.columns),
      TotalNumRows: result.rows,
      ResultFormat: 'CSV',
      NextToken: page.nextToken,
    }
  },
})

export const listStatements: JsonOperation<DataApiState> = operation({
  name: 'ListStatements',
  input: z.object({
    MaxResults: z.int().min(0).max(100).default(100),
    NextToken: z.string().optional(),
    StatementName: z.string().max(2048).optional(),
    RoleLevel: z.boolean().optional(),
    Database: z.string().optional(),
    ClusterIdentifier: z.string().optional(),
    WorkgroupName: z.string().optional(),
    Status: z.enum(['SUBMITTED', 'PICKED', 'STARTED', 'FINISHED', 'ABORTED', 'FAILED', 'ALL']).optional(),
  }),
  run(state: DataApiState, input) {
    // Without a status only those that finished are listed (API reference, ListStatements).
    const status = input.Status ?? 'FINISHED'
    const all = state.log
      .list()
      .filter(record => status === 'ALL' || record.status === status)
      .filter(record => input.StatementName === undefined || record.name?.startsWith(input.StatementName))
      .filter(record => (input.Database ?? record.database) === record.database)
      .filter(record => (input.ClusterIdentifier ?? record.clusterIdentifier) === record.clusterIdentifier)
      .filter(record => (input.WorkgroupName ?? record.workgroupName) === record.workgroupName)
    const from = input.NextToken === undefined ? 0 : all.findIndex(record => record.id === input.NextToken) + 1
    const page = all.slice(from, from + (input.MaxResults || 100))
    return {
      Statements: page.map(record => ({
        Id: record.id,
        Status: record.status,
        StatementName: record.name,
        CreatedAt: new Date(record.createdMs),
        UpdatedAt: new Date(record.updatedMs),
        IsBatchStatement: record.batch,
        ResultFormat: formatOf(record),
        ...(record.sessionId && { SessionId: record.sessionId }),
        ...(record.batch ? { QueryStrings: record.sqls } : { QueryString: record.sqls[0] }),
        ...(record.parameters.length > 0 && { QueryParameters: record.parameters }),
      })),
      ...(from + page.length < all.length && { NextToken: page.at(-1)?.id }),
    }
  },
})
