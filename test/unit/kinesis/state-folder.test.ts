import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type KinesisState, openState } from '../../../electron/sandbox/kinesis/state.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'

let dir: string
let logged: string[]
let opened: KinesisState[]
beforeEach(() => {
  vi.useFakeTimers({ now: 1_763_670_000_000 })
  dir = mkdtempSync(join(tmpdir(), 'sluice-kinesis-'))
  logged = []
  opened = []
})
afterEach(() => {
  for (const state of opened) state.close()
  rmSync(dir, { recursive: true, force: true })
  vi.useRealTimers()
})

function open({ care } = careUnderTest()): KinesisState {
  const log = (line: string) => void logged.push(line)
  const place = { account: '000000000000', region: 'us-east-1' }
  const state = openState({ dir, ...place, now: Date.now, limits: false, stateDelayMs: 100, log, care })
  opened.push(state)
  return state
}

/** A stream that was made and has no record yet; its folder. */
function made(name = 'orders', saved = true): string {
  const state = open()
  const stream = state.create({
    name,
    createdMs: Date.now(),
    status: 'ACTIVE',
    mode: 'PROVISIONED',
    retentionHours: 24,
    maxRecordKiB: 1024,
    encryption: { type: 'NONE' },
    shardMetrics: [],
    tags: {},
    removed: [],
    nextShardNumber: 0,
  })
  state.addShard(stream, { start: 0n, end: 2n ** 128n - 1n }, {})
  if (saved) state.save(stream)
  return stream.dir
}
const folders = () =>
  readdirSync(dir, { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? entry.name : []))

describe('the folder of Kinesis', () => {
  it('has a stream again that has no record', () => {
    made()
    expect([...open().streams.keys()]).toEqual(['orders'])
  })

  it(
    'is refused when the description of a stream without records is lost, and a repair keeps the rest under ' +
      'another name',
    () => {
      const stream = made()
      rmSync(join(stream, 'stream.json'))
      expect(() => open()).toThrow(/stream\.json is damaged: it is missing/)
      const repair = careUnderTest({ repairs: true })
      expect(open(repair).streams.size).toBe(0)
      expect(folders()).toEqual([expect.stringMatching(/^orders\.\d+\.damaged-/)])
      expect(repair.notices.map(notice => notice.state)).toEqual(['bad'])
    },
  )

  it('leaves a torn log as it is when another stream refuses the start', () => {
    const torn = join(made('a-torn'), 'shardId-000000000000.000000000000000.jsonl')
    writeFileSync(torn, ',{"ApproximateArrivalTimestamp":1763670000.000')
    const damaged = made('b-damaged')
    rmSync(join(damaged, 'stream.json'))
    expect(() => open()).toThrow(/stream\.json is damaged: it is missing/)
    expect(readFileSync(torn, 'utf8')).toBe(',{"ApproximateArrivalTimestamp":1763670000.000')
  })

  it('forgets a stream that a kill left before it was answered', () => {
    made('orders', false)
    mkdirSync(join(dir, 'returns.1763670000000.making'))
    mkdirSync(join(dir, 'clicks.1763670000000.removed'))
    expect(open().streams.size).toBe(0)
    expect(folders()).toEqual([])
  })

  it('never forgets one that was answered when a kill came right behind its description', () => {
    const stream = made()
    writeFileSync(join(stream, 'unsaved'), '')
    expect([...open().streams.keys()]).toEqual(['orders'])
    rmSync(join(stream, 'stream.json'))
    expect(() => open()).toThrow(/stream\.json is damaged/)
  })

  it('keeps folders and files of others, in a line of the log each', () => {
    const others = ['Not a stream', 'notes', 'mine.removed']
    for (const name of others) {
      mkdirSync(join(dir, name))
      writeFileSync(join(dir, name, 'mine.txt'), 'text')
    }
    writeFileSync(join(dir, '.DS_Store'), 'x')
    expect(open().streams.size).toBe(0)
    expect(others.filter(name => !existsSync(join(dir, name, 'mine.txt')))).toEqual([])
    expect(logged.filter(line => line.includes('is left alone'))).toHaveLength(4)
  })

  it('goes on without its counts of calls when a folder is in their place, which it keeps', () => {
    mkdirSync(join(dir, 'calls.jsonl'))
    const strict = careUnderTest()
    open(strict).calls.add('orders', undefined, 'PutRecord.Success', 1)
    expect(strict.notices.map(notice => notice.title)).toEqual([
      expect.stringMatching(/calls\.jsonl is damaged: it is no file/),
    ])
    expect(folders()).toEqual([expect.stringMatching(/^calls\.jsonl\.damaged-/)])
  })

  it.each([
    ['', /jsonl is damaged: it is no file/],
    ['.sums', undefined],
  ])('names a segment%s that is a folder, and keeps it in a repair', (end, refused) => {
    const stream = made()
    const segment = join(stream, `shardId-000000000000.000000000000000.jsonl${end}`)
    mkdirSync(segment)
    if (refused) expect(() => open()).toThrow(refused)
    const repair = careUnderTest({ repairs: true })
    expect([...open(repair).streams.keys()]).toEqual(['orders'])
    expect(repair.notices.map(notice => notice.title)).toEqual([`${segment} is damaged: it is no file`])
    expect([...open().streams.keys()]).toEqual(['orders'])
  })
})
