import {
  BatchExecuteStatementCommand,
  CancelStatementCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  ListSessionsCommand,
} from '@aws-sdk/client-redshift-data'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { waiting } from '../../fixture/waiting.ts'
import { PLACE, useWarehouse } from './warehouse-under-test.ts'

const warehouse = useWarehouse()
const { run, rows, ended, describeStatement } = warehouse
const ENDLESS =
  'select count(*) from generate_series(1, 1000000) a(x), generate_series(1, 1000000) b(y) where x = -y + 1 or y = -x'

const send = (input: Partial<ExecuteStatementCommandInput> & { Sql: string }) =>
  warehouse.client().send(new ExecuteStatementCommand(input))
async function open(Sql: string, SessionKeepAliveSeconds = 60) {
  const { Id, SessionId } = await send({ ...PLACE, Sql, SessionKeepAliveSeconds })
  expect((await ended(Id)).Error).toBeUndefined()
  await free(SessionId)
  return SessionId
}
/** The end of a statement is reported before its session is free for the next. */
const free = (SessionId: string | undefined) =>
  vi.waitFor(async () => expect(await statusOf(SessionId)).not.toBe('BUSY'), waiting)
const statusOf = async (SessionId: string | undefined) =>
  (await warehouse.client().send(new ListSessionsCommand({ SessionId }))).Sessions?.[0]?.Status
async function inSession(SessionId: string | undefined, Sql: string) {
  const { Id } = await send({ SessionId, Sql })
  const described = await ended(Id)
  await free(SessionId)
  return described
}
const errorOf = async (SessionId: string | undefined, sql: string) => (await inSession(SessionId, sql)).Error

beforeEach(async () => {
  await run('create table t (a int)')
})

describe('a session', () => {
  it('keeps its temporary tables for its later statements, and for no one else', async () => {
    const session = await open('create temp table mine as select 7 as a')
    const found = await inSession(session, 'insert into t select a from mine')
    expect(found).toMatchObject({
      Status: 'FINISHED',
      SessionId: session,
      Database: 'dev',
      ClusterIdentifier: 'sluice',
    })
    expect(await rows('select a from t')).toEqual([[7]])
    expect((await run('select * from mine')).Error).toBe('ERROR: relation "mine" does not exist')
  })

  it('keeps its transaction: what it changed is seen by others when it commits', async () => {
    const session = await open('begin')
    await inSession(session, 'insert into t values (1)')
    expect(await rows('select count(*) from t')).toEqual([[0]])
    expect(await errorOf(session, 'commit')).toBeUndefined()
    expect(await rows('select count(*) from t')).toEqual([[1]])
    await inSession(session, 'begin')
    await inSession(session, 'insert into t values (2)')
    await inSession(session, 'rollback')
    expect(await rows('select a from t')).toEqual([[1]])
  })

  it('that lost its transaction does nothing until it is ended', async () => {
    const session = await open('begin')
    await inSession(session, 'insert into t values (1)')
    expect(await errorOf(session, 'insert into absent values (1)')).toBe('ERROR: relation "absent" does not exist')
    expect(await errorOf(session, 'insert into t values (2)')).toBe(
      'ERROR: current transaction is aborted, commands ignored until end of transaction block',
    )
    expect(await errorOf(session, 'end')).toBeUndefined()
    expect(await errorOf(session, 'insert into t values (3)')).toBeUndefined()
    expect(await rows('select a from t')).toEqual([[3]])
  })

  it('holds the locks of its transaction until that ends', async () => {
    const session = await open('begin')
    await inSession(session, 'lock t')
    const { Id } = await warehouse
      .client()
      .send(new BatchExecuteStatementCommand({ ...PLACE, Sqls: ['lock t', 'insert into t values (2)'] }))
    await vi.waitFor(
      async () => expect((await describeStatement(Id)).SubStatements?.[0]?.Status).toBe('STARTED'),
      waiting,
    )
    expect(await errorOf(session, 'insert into t values (1)')).toBeUndefined()
    expect((await describeStatement(Id)).Status).toBe('STARTED')
    await inSession(session, 'commit')
    expect((await ended(Id)).Error).toBeUndefined()
    expect(await rows('select a from t order by 1')).toEqual([[1], [2]])
  })

  it('that runs a statement takes no other, and lives on when that is cancelled', async () => {
    const session = await open('create temp table mine as select 7 as a')
    const { Id } = await send({ SessionId: session, Sql: ENDLESS })
    await vi.waitFor(async () => expect((await describeStatement(Id)).Status).toBe('STARTED'), waiting)
    await expect(send({ SessionId: session, Sql: 'select 1' })).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Session is not available',
    })
    const { Sessions } = await warehouse.client().send(new ListSessionsCommand({ Status: 'BUSY' }))
    expect(Sessions).toMatchObject([{ SessionId: session, CurrentStatementId: Id, SessionAliveSeconds: 60 }])
    await warehouse.client().send(new CancelStatementCommand({ Id }))
    await free(session)
    expect(await errorOf(session, 'insert into t select a from mine')).toBeUndefined()
  })

  it('closes when its time is over: its transaction is undone and it is reported as not available', async () => {
    const session = await open('begin')
    await inSession(session, 'insert into t values (1)')
    warehouse.advance(59_000)
    expect(await errorOf(session, 'insert into t values (2)')).toBeUndefined()
    warehouse.advance(60_000)
    await expect(send({ SessionId: session, Sql: 'commit' })).rejects.toThrow('Session is not available')
    expect(await statusOf(session)).toBe('CLOSED')
    expect((await warehouse.client().send(new ListSessionsCommand({}))).Sessions).toEqual([])
    expect(await rows('select count(*) from t')).toEqual([[0]])
  })

  it('of no seconds ends with its statement; one that never was is reported as invalid', async () => {
    const { Id, SessionId } = await send({ ...PLACE, Sql: 'select 1', SessionKeepAliveSeconds: 0 })
    await ended(Id)
    await free(SessionId)
    expect(await statusOf(SessionId)).toBe('CLOSED')
    await expect(send({ SessionId, Sql: 'select 1' })).rejects.toThrow('Session is not available')
    const unknown = '00000000-0000-0000-0000-000000000000'
    await expect(send({ SessionId: unknown, Sql: 'select 1' })).rejects.toThrow(
      `Session with Id: ${unknown} is invalid`,
    )
    await expect(warehouse.client().send(new ListSessionsCommand({ SessionId: unknown }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      ResourceId: unknown,
    })
  })

  it('does not outlive a restart', async () => {
    const session = await open('select 1')
    await warehouse.restart()
    await expect(send({ SessionId: session, Sql: 'select 1' })).rejects.toThrow('Session is not available')
  })

  it('brings its own database: a statement in it names none', async () => {
    const session = await open('select 1')
    await expect(send({ SessionId: session, Database: 'dev', Sql: 'select 1' })).rejects.toThrow(
      /Database cannot be specified/,
    )
    await expect(send({ ...PLACE, Sql: 'select 1', SessionKeepAliveSeconds: 86_401 })).rejects.toThrow(
      "Value '86401' at 'sessionKeepAliveSeconds' failed to satisfy constraint: Member must have value less than " +
        'or equal to 86400',
    )
  })
})
