import {
  BatchExecuteStatementCommand,
  CancelStatementCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  ListTablesCommand,
} from '@aws-sdk/client-redshift-data'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { waiting } from '../../fixture/waiting.ts'
import { FACT, PLACE, useWarehouse } from './warehouse-under-test.ts'

const warehouse = useWarehouse()
const { run, batch, rows, start, ended, describeStatement } = warehouse
/** Runs for minutes if nothing stops it. */
const ENDLESS =
  'select count(*) from generate_series(1, 1000000) a(x), generate_series(1, 1000000) b(y) where x = -y + 1 or y = -x'
const cancel = (id: string | undefined) => warehouse.client().send(new CancelStatementCommand({ Id: id }))
const running = (id: string | undefined) =>
  vi.waitFor(async () => expect((await describeStatement(id)).SubStatements?.at(-1)?.Status).toBe('STARTED'), 20_000)

/** A session; it takes a statement as soon as the one before has left it, and gives its id. */
async function openSession(): Promise<(sql: string) => Promise<string | undefined>> {
  const send = (input: Partial<ExecuteStatementCommandInput> & { Sql: string }) =>
    vi.waitFor(() => warehouse.client().send(new ExecuteStatementCommand(input)), waiting)
  const { Id, SessionId } = await send({ ...PLACE, Sql: 'select 1', SessionKeepAliveSeconds: 60 })
  await ended(Id)
  return async Sql => (await send({ SessionId, Sql })).Id
}

beforeEach(async () => {
  expect((await batch(['create schema mart', FACT, 'create table mart.other (a int)'])).Error).toBeUndefined()
})

describe('a cancelled statement', () => {
  it('that runs is aborted, and its transaction with it', async () => {
    const id = await start(["insert into mart.fact values ('a', 1, null)", ENDLESS])
    await running(id)
    expect(await cancel(id)).toMatchObject({ Status: true })
    expect(await describeStatement(id)).toMatchObject({
      Status: 'ABORTED',
      Error: "ERROR: Query cancelled on user's request",
    })
    expect(await rows('select count(*) from mart.fact')).toEqual([[0]])
  })

  it('that waits for a lock is aborted at once, and the holder goes on', async () => {
    const holder = await start(['lock mart.fact', ENDLESS])
    await running(holder)
    const waiter = await start(['lock mart.fact'])
    await running(waiter)
    expect(await cancel(waiter)).toMatchObject({ Status: true })
    expect((await describeStatement(holder)).Status).toBe('STARTED')
    await cancel(holder)
  })

  it('that waits for its turn is aborted without having begun', async () => {
    const busy = await Promise.all(Array.from({ length: 3 }, () => start([ENDLESS])))
    for (const id of busy) await running(id)
    const late = await start(["insert into mart.fact values ('late', 1, null)"])
    expect((await describeStatement(late)).Status).toBe('SUBMITTED')
    expect(await cancel(late)).toMatchObject({ Status: true })
    await Promise.all(busy.map(cancel))
    expect(await rows('select count(*) from mart.fact')).toEqual([[0]])
  })

  it('leaves room for the catalog and for files, however many run or wait', async () => {
    const busy = await Promise.all(Array.from({ length: 8 }, () => start([ENDLESS])))
    for (const id of busy.slice(0, 3)) await running(id)
    await warehouse.putObject('beside', 'x')
    expect((await warehouse.getObject('beside')).toString()).toBe('x')
    const { Tables } = await warehouse.client().send(new ListTablesCommand({ ...PLACE, SchemaPattern: 'mart' }))
    expect(Tables?.map(table => table.name)).toEqual(['fact', 'other'])
    await Promise.all(busy.map(cancel))
  })

  it('that has ended is refused', async () => {
    const { Id } = await run('select 1')
    await expect(cancel(Id)).rejects.toThrow(/Could not cancel a query that is already in FINISHED state/)
  })
})

describe('LOCK', () => {
  it('lets one transaction at a time on a table, each seeing what the one before committed', async () => {
    const add = ['lock mart.other', 'insert into mart.other select coalesce(max(a), 0) + 1 from mart.other']
    const all = await Promise.all(Array.from({ length: 8 }, () => start(add)))
    for (const id of all) expect((await ended(id)).Error).toBeUndefined()
    expect(await rows('select min(a), max(a), count(distinct a) from mart.other')).toEqual([[1, 8, 8]])
  })

  it('knows a table by all its names, and refuses one that is not there', async () => {
    await run('create table plain (a int)')
    const add = (name: string) => [`lock ${name}`, 'insert into plain select coalesce(max(a), 0) + 1 from plain']
    const all = await Promise.all(['plain', 'public.plain', 'dev.public.plain', 'PLAIN'].map(name => start(add(name))))
    for (const id of all) expect((await ended(id)).Error).toBeUndefined()
    expect(await rows('select count(distinct a) from plain')).toEqual([[4]])
    expect((await batch(['lock mart.absent'])).Error).toBe('ERROR: relation "mart.absent" does not exist')
  })

  it('that is waited for keeps no statement from running', async () => {
    const holder = await start(['lock mart.fact', ENDLESS])
    await running(holder)
    const waiters = await Promise.all(Array.from({ length: 6 }, () => start(['lock mart.fact'])))
    for (const id of waiters) await running(id)
    expect((await run('select 1')).Status).toBe('FINISHED')
    await cancel(holder)
    for (const id of waiters) expect((await ended(id)).Error).toBeUndefined()
  })

  it('in opposite orders ends one transaction with a deadlock, and the other commits', async () => {
    const first = await openSession()
    const second = await openSession()
    for (const sql of ['begin', 'lock mart.fact']) await ended(await first(sql))
    for (const sql of ['begin', 'lock mart.other']) await ended(await second(sql))
    const crossed = [await first('lock mart.other'), await second('lock mart.fact')]
    const ends = await Promise.all(crossed.map(ended))
    expect(ends.map(end => end.Error ?? 'none').sort()).toEqual(['ERROR: deadlock detected', 'none'])
    const [winner, loser] = ends[0]?.Error === undefined ? [first, second] : [second, first]
    await ended(await winner('insert into mart.other values (1)'))
    expect((await ended(await winner('commit'))).Error).toBeUndefined()
    await ended(await loser('rollback'))
    expect(await rows('select count(*) from mart.other')).toEqual([[1]])
  })
})

it('two transactions that change the same row: one fails as serializable isolation has it', async () => {
  await run("insert into mart.fact values ('a', 1, null)")
  const slow = await start(["update mart.fact set amount = 2 where orderid = 'a'", ENDLESS])
  await running(slow)
  expect((await run("update mart.fact set amount = 3 where orderid = 'a'")).Error).toMatch(
    /^ERROR: 1023 Detail: Serializable isolation violation on table/,
  )
  await cancel(slow)
})

describe('a batch', () => {
  it('undoes what a ROLLBACK among its statements undoes', async () => {
    expect(
      (await batch(['insert into mart.other values (1)', 'rollback', 'insert into mart.other values (2)'])).Error,
    ).toBeUndefined()
    expect(await rows('select a from mart.other')).toEqual([[2]])
  })

  it('with AUTO_COMMIT commits each statement, whatever becomes of the others', async () => {
    const { Id } = await warehouse.client().send(
      new BatchExecuteStatementCommand({
        ...PLACE,
        Sqls: [
          'insert into mart.other values (1)',
          'insert into mart.absent values (1)',
          'insert into mart.other values (3)',
        ],
        ExecutionMode: 'AUTO_COMMIT',
      }),
    )
    const described = await ended(Id)
    expect(described).toMatchObject({ Status: 'FAILED', Error: 'ERROR: relation "mart.absent" does not exist' })
    expect(described.SubStatements?.map(sub => sub.Status)).toEqual(['FINISHED', 'FAILED', 'FINISHED'])
    expect(await rows('select a from mart.other order by 1')).toEqual([[1], [3]])
  })
})
