import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { readPage, type StoredResult, toCsv } from '../result.ts'
import type { StatementRecord, SubStatement } from '../statement-log.ts'
import type { DataApiState } from './place.ts'

/** A statement's id, or `<id>:<n>` for the n-th of a batch. */
function find(state: DataApiState, id: string): { record: StatementRecord; sub: SubStatement | undefined; index: number } {
  const [base = '', number] = id.split(':')
  const record = state.log.find(base)
  if (!record) throw new AwsError('ResourceNotFoundException', 'Query does not exist.')
  const index = number === undefined ? 0 : Number(number) - 1
  const sub = number === undefined && record.batch ? undefined : record.subs[index]
  if (number !== undefined && !sub) throw new AwsError('ResourceNotFoundException', 'Query does not exist.')
  return { record, sub, index }
}

export const describeStatement: JsonOperation<DataApiState> = operation({
  name: 'DescribeStatement',
  input: z.object({ Id: z.string() }),
  run(state: DataApiState, { Id }) {
    const { record, sub } = find(state, Id)
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
      ...(record.parameters.length > 0 && { QueryParameters: record.parameters }),
      ...(record.batch && whole && { SubStatements: record.subs.map((entry, index) => subShape(record, entry, index)) }),
    }
  },
})

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

function resultOf(state: DataApiState, id: string, token: string | undefined) {
  const { record, sub, index } = find(state, id)
  const shown = sub ?? record.subs[0]
  if (shown?.status !== 'FINISHED')
    throw new AwsError('ResourceNotFoundException', `Query is not in FINISHED state but in ${record.status}.`)
  if (!shown.result)
    throw new AwsError(
      'ResourceNotFoundException',
      'Query does not have result. Please check query status with DescribeStatement.',
    )
  return { result: shown.result, page: readPage(shown.result, state.log.resultFile(record.id, index), token) }
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

const resultInput = z.object({ Id: z.string(), NextToken: z.string().optional() })

export const getStatementResult: JsonOperation<DataApiState> = operation({
  name: 'GetStatementResult',
  input: resultInput,
  run(state: DataApiState, { Id, NextToken }) {
    const { result, page } = resultOf(state, Id, NextToken)
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
  run(state: DataApiState, { Id, NextToken }) {
    const { result, page } = resultOf(state, Id, NextToken)
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
    StatementName: z.string().optional(),
    Status: z.enum(['SUBMITTED', 'PICKED', 'STARTED', 'FINISHED', 'ABORTED', 'FAILED', 'ALL']).optional(),
  }),
  run(state: DataApiState, input) {
    // Without a status only those that finished are listed (API reference, ListStatements).
    const status = input.Status ?? 'FINISHED'
    const all = state.log
      .list()
      .filter(record => status === 'ALL' || record.status === status)
      .filter(record => input.StatementName === undefined || record.name?.startsWith(input.StatementName))
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
        ...(record.batch ? { QueryStrings: record.sqls } : { QueryString: record.sqls[0] }),
        ...(record.parameters.length > 0 && { QueryParameters: record.parameters }),
      })),
      ...(from + page.length < all.length && { NextToken: page.at(-1)?.id }),
    }
  },
})
