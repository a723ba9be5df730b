import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createHistoryStore, type HistoryStore } from '../../../electron/core/history/store.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'
import { cut, empty, flip } from '../../fixture/damage-file.ts'

const SCOPE = 'sandbox/food-delivery'
const T0 = Date.parse('2026-11-02T03:00:00Z')
const minute = (scope = SCOPE, partitions = false) =>
  [scope, { fromMs: T0, toMs: T0 + 60_000, points: 60, partitions }] as const
const lately = [SCOPE, { fromMs: T0, toMs: T0 + 86_400_000, limit: 10 }] as const

/** Another program that opens the file and ends; one at a time can. */
const OPEN =
  `const { DuckDBInstance } = await import('@duckdb/node-api'); (await ` +
  'DuckDBInstance.create(process.argv[1])).closeSync()'

let folder: string
let file: string
let lines: string[]
let store: HistoryStore
const open = () => createHistoryStore({ file, now: () => T0, log: line => lines.push(line) })

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-history-'))
  file = join(folder, 'core', 'history.duckdb')
  lines = []
  store = open()
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

describe('the history in its file', () => {
  it('what was recorded is read at once, whether it is written or not', async () => {
    store.sample(SCOPE, T0, { 'job/read': 5 })
    const { series, oldestMs } = await store.range(...minute())
    expect(series).toEqual([{ name: 'job/read', points: [[T0, 5]] }])
    expect(oldestMs).toBe(T0)
  })

  it('what was recorded is there for the next one who opens the file', async () => {
    store.sample(SCOPE, T0, { 'job/read': 5 })
    store.event(SCOPE, T0, { kind: 'work', state: 'good', title: 'Apply the plan: done' })
    await store.close()
    store = open()
    expect((await store.range(...minute())).series).toEqual([{ name: 'job/read', points: [[T0, 5]] }])
    expect(await store.events(...lately)).toMatchObject([
      { title: 'Apply the plan: done', at: new Date(T0).toISOString() },
    ])
  })

  it('what happens at a time that was there before a clock was set back is kept with what happened then', async () => {
    store.event(SCOPE, T0, { kind: 'work', state: 'good', title: 'before' })
    await store.close()
    // Another process, whose clock says the same millisecond again: it would give the same number.
    store = open()
    store.event(SCOPE, T0, { kind: 'clock', state: 'warning', title: 'set back' })
    store.event(SCOPE, T0, { kind: 'work', state: 'good', title: 'after' })
    const events = await store.events(...lately)
    expect(events.map(event => event.title).sort()).toEqual(['after', 'before', 'set back'])
    expect(new Set(events.map(event => event.id)).size).toBe(3)
  })

  describe('is written', () => {
    // The timers alone: what waits for the disk goes on by itself.
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
    afterEach(() => void vi.useRealTimers())
    const written = (sql: string) => expect.poll(() => rowsOf(sql))
    /** The file is closed when nobody used it for a while; then no timer is left. */
    async function close() {
      await expect.poll(() => vi.getTimerCount()).toBe(1)
      vi.runAllTimers()
    }
    const values = 'select value from samples order by at_ms'

    it('two seconds after an event', async () => {
      store.event(SCOPE, T0, { kind: 'sandbox', state: 'bad', title: 'The sandbox ended' })
      vi.advanceTimersByTime(1_999)
      expect(vi.getTimerCount(), 'the write waits').toBe(1)
      vi.advanceTimersByTime(1)
      await written('select title from events').toEqual([['The sandbox ended']])
    })

    it('half a minute after a sample that is new, and five minutes after one that says the same', async () => {
      store.sample(SCOPE, T0, { 'job/read': 5, 'lag/behindRecords': 0 })
      vi.advanceTimersByTime(29_999)
      expect(vi.getTimerCount(), 'the write waits').toBe(1)
      vi.advanceTimersByTime(1)
      await written(values).toEqual([[5], [0]])

      await close()
      store.sample(SCOPE, T0 + 60_000, { 'job/read': 5, 'lag/behindRecords': 0 })
      vi.advanceTimersByTime(299_999)
      expect(vi.getTimerCount(), 'the write waits').toBe(1)
      vi.advanceTimersByTime(1)
      await written(values).toEqual([[5], [0], [5], [0]])

      // One that says the same does not hold up another one that is new.
      await close()
      store.sample(SCOPE, T0 + 120_000, { 'job/read': 5, 'lag/behindRecords': 0 })
      store.sample(SCOPE, T0 + 121_000, { 'job/read': 5, 'lag/behindRecords': 1 })
      vi.advanceTimersByTime(30_000)
      await written(values).toEqual([[5], [0], [5], [0], [5], [0], [5], [1]])
    })
  })

  it('a file that nobody used for a while is free for another program, and opened again when needed', async () => {
    await store.close()
    store = createHistoryStore({ file, now: () => T0, log: line => lines.push(line), closeAfterMs: 50 })
    store.sample(SCOPE, T0, { 'job/read': 5 })
    await store.range(...minute())
    await vi.waitFor(() => promisify(execFile)(process.execPath, ['--input-type=module', '--eval', OPEN, file]), 20_000)
    store.sample(SCOPE, T0 + 1_000, { 'job/read': 6 })
    const points = [
      [T0, 5],
      [T0 + 1_000, 6],
    ]
    expect((await store.range(...minute())).series).toEqual([{ name: 'job/read', points }])
  })

  it('two who saw the same second count once, and the later one stays', async () => {
    store.sample(SCOPE, T0 + 100, { 'job/read': 5 })
    store.sample(SCOPE, T0 + 900, { 'job/read': 7 })
    expect((await store.range(...minute())).series).toEqual([{ name: 'job/read', points: [[T0, 7]] }])
  })

  it('a bucket has the greatest lag, the newest counter and the mean rate', async () => {
    const values = [
      [10, 100, 4],
      [30, 200, 8],
      [20, 300, 6],
    ] as const
    for (const [second, [behind, received, read]] of values.entries())
      store.sample(SCOPE, T0 + second * 1_000, {
        'lag/behindRecords': behind,
        'partition/shardId-000000000000/receivedRecords': received,
        'job/read': read,
      })
    const { series, bucketMs } = await store.range(SCOPE, {
      fromMs: T0,
      toMs: T0 + 60_000,
      points: 10,
      partitions: true,
    })
    expect(bucketMs).toBe(6_000)
    expect(Object.fromEntries(series.map(({ name, points }) => [name, points]))).toEqual({
      'lag/behindRecords': [[T0, 30]],
      'partition/shardId-000000000000/receivedRecords': [[T0, 300]],
      'job/read': [[T0, 6]],
    })
  })

  it('what was recorded of partitions under the name of before is in the same series', async () => {
    store.sample(SCOPE, T0, { 'shard/shardId-000000000000/receivedRecords': 5 })
    store.sample(SCOPE, T0 + 30_000, { 'partition/shardId-000000000000/receivedRecords': 9 })
    const { series } = await store.range(...minute(SCOPE, true))
    expect(series).toEqual([
      {
        name: 'partition/shardId-000000000000/receivedRecords',
        points: [
          [T0, 5],
          [T0 + 30_000, 9],
        ],
      },
    ])
    expect((await store.range(...minute())).series).toEqual([])
  })

  it('series of partitions come only when they are asked for, and another pipeline never', async () => {
    store.sample(SCOPE, T0, { 'partition/shardId-000000000000/behindRecords': 1, 'job/read': 1 })
    store.sample('sandbox/other', T0, { 'job/read': 9 })
    expect((await store.range(...minute())).series.map(({ name }) => name)).toEqual(['job/read'])
    expect((await store.range(...minute(SCOPE, true))).series).toHaveLength(2)
    expect((await store.range(...minute('sandbox/other'))).series[0]?.points).toEqual([[T0, 9]])
  })

  it('events come newest first, at most as many as asked for', async () => {
    for (const second of [1, 2, 3])
      store.event(SCOPE, T0 + second * 1_000, { kind: 'step', state: 'info', title: `Step ${second}` })
    const events = await store.events(SCOPE, { fromMs: T0, toMs: T0 + 60_000, limit: 2 })
    expect(events.map(({ title }) => title)).toEqual(['Step 3', 'Step 2'])
  })

  it('a file that cannot be opened is said to be unavailable, and what to do', async () => {
    await mkdir(file, { recursive: true })
    await expect(store.range(...minute())).rejects.toSatisfy(
      error => error instanceof ExpectedError && error.error.code === 'unavailable' && error.error.hint !== undefined,
    )
  })

  it.each([
    ['empty', empty],
    ['cut', (path: string) => cut(path)],
    ['flipped in its header', (path: string) => flip(path, 100)],
    ['flipped in its values', (path: string) => flip(path, 12_400)],
  ])(
    'a file that is %s is kept under another name with a notice, a new one is made, and what waits is written to it',
    async (_, damage) => {
      store.sample(SCOPE, T0, { 'job/read': 5 })
      store.event(SCOPE, T0, { kind: 'work', state: 'good', title: 'before' })
      await store.close()
      damage(file)
      const { care, notices } = careUnderTest()
      store = open()
      store.useCare(care)
      store.event(SCOPE, T0 + 1, { kind: 'work', state: 'good', title: 'after' })
      expect((await store.events(...lately)).map(event => event.title)).toEqual(['after'])
      await store.range(...minute())
      expect(notices).toMatchObject([{ state: 'bad', title: expect.stringContaining('history.duckdb is damaged') }])
      expect(await readdir(dirname(file))).toContainEqual(expect.stringMatching(/^history\.duckdb\.damaged-/))
    },
  )
})

/** What another program finds in the file that a store still has open: a copy, as one process holds it. */
async function rowsOf(sql: string): Promise<unknown[]> {
  const copy = join(folder, 'copy.duckdb')
  await cp(file, copy)
  await cp(`${file}.wal`, `${copy}.wal`)
  const instance = await DuckDBInstance.create(copy)
  const connection = await instance.connect()
  const rows = (await connection.runAndReadAll(sql)).getRows()
  connection.closeSync()
  instance.closeSync()
  return rows
}
