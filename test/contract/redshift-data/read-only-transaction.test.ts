import { ExecuteStatementCommand, ListSessionsCommand, ListStatementsCommand } from '@aws-sdk/client-redshift-data'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { PipelineContext } from '../../../electron/core/pipeline-context.ts'
import { runStatement } from '../../../electron/core/statements/run-statement.ts'
import { createClients } from '../../../electron/core/targets/clients.ts'
import { AS_PRODUCTION, foodDelivery, gateOf, sandboxTarget, testPolls } from '../../fixture/open-core.ts'
import { filesOf } from '../../fixture/read-pipeline.ts'
import { waiting } from '../../fixture/waiting.ts'
import { CREDENTIALS } from '../fixture/serve-services.ts'
import { PLACE, ROLE, useWarehouse } from './warehouse-under-test.ts'

const warehouse = useWarehouse()
const { run, batch, rows, ended, putObject } = warehouse

beforeEach(async () => {
  await batch(['create schema mart', 'create table mart.t (a int)', 'insert into mart.t values (1)'])
})

describe('a transaction that begins READ ONLY', () => {
  async function inTransaction(...sqls: string[]) {
    const described = []
    let session: string | undefined
    for (const Sql of ['begin read only', ...sqls]) {
      const { Id, SessionId } = await vi.waitFor(
        () =>
          warehouse
            .client()
            .send(
              new ExecuteStatementCommand(
                session ? { SessionId: session, Sql } : { ...PLACE, Sql, SessionKeepAliveSeconds: 60 },
              ),
            ),
        waiting,
      )
      session ??= SessionId
      described.push(await ended(Id))
    }
    return described.slice(1)
  }

  it('reads', async () => {
    const [read, committed] = await inTransaction('select a from mart.t', 'commit')
    expect(read).toMatchObject({ Status: 'FINISHED', ResultRows: 1 })
    expect(committed).toMatchObject({ Status: 'FINISHED' })
  })

  it.each([
    'insert into mart.t values (2)',
    'update mart.t set a = 2',
    'delete from mart.t',
    'truncate mart.t',
    'merge into mart.t using (select 1 as a) s on t.a = s.a when matched then update set a = 3 when not matched ' +
      'then insert values (4)',
    'create table mart.other (a int)',
    'create table mart.other as select 1 as a',
    'select 1 as a into mart.other',
    'create view mart.v as select 1 as a',
    'create schema other',
    'drop table mart.t',
    'alter table mart.t add column b int',
    `copy mart.t from 's3://bucket/t.csv' ${ROLE} csv`,
    'grant select on mart.t to public',
    'lock mart.t',
  ])('refuses %s in Redshift’s words, and changes nothing', async sql => {
    await putObject('t.csv', '5\n')
    const [changed, after] = await inTransaction(sql, 'select 1')
    expect(changed).toMatchObject({ Status: 'FAILED', Error: 'ERROR: transaction is read-only' })
    expect(after?.Error).toMatch(/current transaction is aborted/)
    expect(await rows('select a from mart.t')).toEqual([[1]])
    expect(await rows("select count(*) from svv_tables where table_schema = 'mart'")).toEqual([[1]])
  })

  // Words that a check by words would take for a query, and what the warehouse does not do in such a transaction.
  it.each([
    '/* select */ insert into mart.t values (2)',
    '-- select 1\ndelete from mart.t',
    'with x as (select 2 as a) delete from mart.t using x where t.a = x.a',
    'insert into mart.t with x as (select 2 as a) select a from x',
    'explain analyze insert into mart.t values (2)',
    'select * from mart.t; insert into mart.t values (2)',
    "unload ('select * from mart.t') to 's3://bucket/out/' iam_role 'arn:aws:iam::000000000000:role/copy'",
    'call mart.sp_change()',
    'select mart.f_change(a) from mart.t',
    'with x as (insert into mart.t values (2) returning a) select * from x',
    'commit; insert into mart.t values (2)',
  ])('changes nothing by %s', async sql => {
    const [changed] = await inTransaction(sql)
    expect(changed?.Status).toBe('FAILED')
    expect(await rows('select a from mart.t')).toEqual([[1]])
  })

  it('ends with its transaction: what comes behind it changes', async () => {
    const [, , , inserted] = await inTransaction(
      'rollback',
      'begin',
      'select 1',
      'insert into mart.t values (2)',
      'commit',
    )
    expect(inserted).toMatchObject({ Status: 'FINISHED' })
    expect(await rows('select count(*) from mart.t')).toEqual([[2]])
  })

  it('is one of a batch, too', async () => {
    expect(await batch(['begin read only', 'select a from mart.t'])).toMatchObject({ Status: 'FINISHED' })
    expect((await batch(['begin transaction read only', 'insert into mart.t values (2)'])).Error).toBe(
      'ERROR: transaction is read-only',
    )
    expect((await run('begin read only never')).Error).toBe('ERROR: syntax error at or near "never"')
  })
})

describe('on a read-only target', () => {
  async function readOnlyContext(): Promise<PipelineContext> {
    const endpoint = await warehouse.client().config.endpoint?.()
    if (!endpoint) throw new Error('the client has no endpoint')
    const target = {
      ...sandboxTarget(`http://${endpoint.hostname}:${endpoint.port}`),
      accountClass: 'production' as const,
      protection: 'unlock' as const,
    }
    const spec = await foodDelivery()
    const { gate } = gateOf(AS_PRODUCTION)
    return {
      target,
      spec,
      aws: createClients(target, CREDENTIALS, undefined, gate),
      polls: testPolls(target),
      stateDir: '',
      files: filesOf(spec.id),
    }
  }
  const statements = async () =>
    ((await warehouse.client().send(new ListStatementsCommand({ Status: 'ALL' }))).Statements ?? []).map(
      ({ QueryString }) => QueryString,
    )

  it('a user’s query runs in a transaction that the warehouse keeps from changes, and leaves no session', async () => {
    const context = await readOnlyContext()
    const outcome = await runStatement(context, 'select a from mart.t', { by: 'user' })
    expect(outcome.rows).toEqual([[1]])
    await vi.waitFor(
      async () =>
        expect((await statements()).slice(0, 3)).toEqual(['rollback', 'select a from mart.t', 'begin read only']),
      waiting,
    )
    await vi.waitFor(
      async () => expect((await warehouse.client().send(new ListSessionsCommand({}))).Sessions).toEqual([]),
      waiting,
    )
    context.aws.close()
  })

  it('a query that fails says why, and leaves no session', async () => {
    const context = await readOnlyContext()
    await expect(runStatement(context, 'select b from mart.t', { by: 'user' })).rejects.toThrow(
      /column "b" does not exist/,
    )
    await vi.waitFor(
      async () => expect((await warehouse.client().send(new ListSessionsCommand({}))).Sessions).toEqual([]),
      waiting,
    )
    context.aws.close()
  })

  it('what is no query is never sent', async () => {
    const context = await readOnlyContext()
    const before = await statements()
    for (const [sql, by] of [
      ['insert into mart.t values (2)', 'user'],
      ['insert into mart.t values (2)', undefined],
      ['select f_mine(a) from mart.t', 'user'],
    ] as const)
      await expect(runStatement(context, sql, by ? { by } : {})).rejects.toMatchObject({
        error: { code: 'access_denied' },
      })
    await expect(
      context.aws.redshiftData.send(new ExecuteStatementCommand({ ...PLACE, Sql: 'truncate mart.t' })),
    ).rejects.toMatchObject({ error: { code: 'access_denied' } })
    expect((await statements()).filter(sql => !before.includes(sql))).toEqual([])
    expect(await rows('select a from mart.t')).toEqual([[1]])
    context.aws.close()
  })

  it('Sluice’s own queries run as they are', async () => {
    const context = await readOnlyContext()
    const outcome = await runStatement(context, 'select count(*) from mart.t where a = :a', {
      parameters: { a: '1' },
    })
    expect(outcome.rows).toEqual([[1]])
    expect((await statements())[0]).toBe('select count(*) from mart.t where a = :a')
    context.aws.close()
  })
})
