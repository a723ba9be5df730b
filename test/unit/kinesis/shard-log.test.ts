import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sequencePrefix } from '../../../electron/sandbox/kinesis/sequence-number.ts'
import { base64Bytes, openShardLog, type ShardLog } from '../../../electron/sandbox/kinesis/shard-log.ts'

const SHARD = 'shardId-000000000000'
const NOW = 1_763_670_000_000
const PREFIX = sequencePrefix(NOW, 0)
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-log-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const open = () => openShardLog(dir, SHARD, PREFIX)
const record = (data: Uint8Array, partitionKey: string) => ({
  data: Buffer.from(data).toString('base64'),
  partitionKey,
  sizeBytes: data.length + Buffer.byteLength(partitionKey),
})
const Lot = fc.record({
  waitMs: fc.integer({ min: -50, max: 2_000 }),
  records: fc.array(
    fc.record({ data: fc.uint8Array({ maxLength: 40 }), key: fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }) }),
    { minLength: 1, maxLength: 5 },
  ),
})

interface StoredRecord {
  ApproximateArrivalTimestamp: number
  SequenceNumber: string
  Data: string
  PartitionKey: string
}
function readAll(log: ShardLog, limit = 10_000, maxBytes = Number.MAX_SAFE_INTEGER): StoredRecord[] {
  const records: StoredRecord[] = []
  for (let place = log.first; place < log.end; ) {
    const { lines, nextPlace } = log.read(place, limit, maxBytes)
    const page = JSON.parse(`[${lines.toString('utf8').slice(1)}]`) as StoredRecord[]
    expect(page).toHaveLength(nextPlace - place)
    records.push(...page)
    place = nextPlace
  }
  return records
}

/** Everything that can be asked of a log. */
const answers = (log: ShardLog) => ({
  end: log.end,
  records: readAll(log),
  arrivals: Array.from({ length: log.end }, (_, place) => log.arrivalAt(place)),
  sizes: Array.from({ length: log.end }, (_, place) => log.sizeOf(0, place + 1)),
  places: Array.from({ length: log.end }, (_, place) => log.placeAt(log.arrivalAt(place))),
})

describe('the log of a shard', () => {
  it('gives back what was appended whatever its bytes and keys, and the same after it is opened again', () => {
    fc.assert(
      fc.property(fc.array(Lot, { minLength: 1, maxLength: 8 }), lots => {
        const log = open()
        let nowMs = NOW
        for (const lot of lots) {
          nowMs += lot.waitMs
          log.append(
            lot.records.map(entry => record(entry.data, entry.key)),
            nowMs,
          )
        }
        const wanted = lots.flatMap(lot => lot.records)
        const got = readAll(log)
        expect(got.map(entry => entry.Data)).toEqual(wanted.map(entry => Buffer.from(entry.data).toString('base64')))
        expect(got.map(entry => entry.PartitionKey)).toEqual(wanted.map(entry => entry.key))
        const numbers = got.map(entry => entry.SequenceNumber)
        expect(new Set(numbers).size).toBe(numbers.length)
        expect([...numbers].sort()).toEqual(numbers)
        const before = answers(log)
        expect(before.arrivals).toEqual([...before.arrivals].sort((a, b) => a - b))
        log.close()
        const again = open()
        expect(answers(again)).toEqual(before)
        again.remove()
      }),
      { numRuns: 50 },
    )
  })

  it('keeps every whole record when a kill cut the file at any byte, drops the torn one, and goes on after it', () => {
    fc.assert(
      fc.property(fc.array(Lot, { minLength: 1, maxLength: 4 }), fc.double({ min: 0, max: 1, noNaN: true }), (lots, cut) => {
        const log = open()
        for (const lot of lots)
          log.append(
            lot.records.map(entry => record(entry.data, entry.key)),
            NOW,
          )
        const before = readAll(log)
        log.close()
        const file = join(dir, readdirSync(dir)[0] ?? '')
        const bytes = readFileSync(file)
        const length = Math.floor(bytes.length * cut)
        truncateSync(file, length)
        const whole = bytes.subarray(0, length).filter(byte => byte === 0x0a).length
        const torn = open()
        expect(torn.end).toBe(whole)
        expect(readAll(torn)).toEqual(before.slice(0, whole))
        expect(torn.append([record(Buffer.from('after'), 'k')], NOW + 1)).toBe(whole)
        torn.close()
        const again = open()
        expect(readAll(again)).toHaveLength(whole + 1)
        again.remove()
      }),
      { numRuns: 50 },
    )
  })

  it('begins a new segment when one is full, reads across them, and trims whole segments by time', () => {
    const log = open()
    const data = Buffer.alloc(1024 * 1024, 'x').toString('base64')
    for (let index = 0; index < 60; index++)
      log.append([{ data, partitionKey: `${index}`, sizeBytes: 1024 * 1024 + 2 }], NOW + index * 1_000)
    expect(readdirSync(dir)).toHaveLength(2)
    const wanted = Array.from({ length: 60 }, (_, index) => `${index}`)
    expect(readAll(log, 10_000, 10 * 1024 * 1024).map(entry => entry.PartitionKey)).toEqual(wanted)
    expect(log.trimPlace(NOW + 30_000)).toBe(0)
    const place = log.trimPlace(NOW + 59_000)
    expect(place).toBeGreaterThan(30)
    log.dropBefore(place - 1)
    expect(log.first).toBe(0)
    const received = log.sizeOf(place, 60)
    log.dropBefore(place)
    expect(readdirSync(dir)).toHaveLength(1)
    expect([log.first, log.sizeOf(place, 60)]).toEqual([place, received])
    expect(readAll(log).map(entry => entry.PartitionKey)).toEqual(wanted.slice(place))
    log.close()
    const again = open()
    expect([again.first, again.end]).toEqual([place, 60])
    expect(readAll(again).map(entry => entry.PartitionKey)).toEqual(wanted.slice(place))
    again.close()
  })

  it('reads no more records and bytes than it is asked for, but one at least', () => {
    const log = open()
    log.append(
      Array.from({ length: 10 }, (_, index) => record(Buffer.alloc(100), `${index}`)),
      NOW,
    )
    const read = (limit: number, maxBytes: number) => log.read(2, limit, maxBytes).nextPlace - 2
    expect([read(3, 10_000), read(100, 303), read(100, 302), read(100, 1)]).toEqual([3, 3, 2, 1])
    expect(log.read(10, 10, 10_000)).toMatchObject({ nextPlace: 10, sizeBytes: 0 })
    log.close()
  })

  it('refuses to take a file without a line end for records', () => {
    appendFileSync(join(dir, `${SHARD}.000000000000000.jsonl`), ',{"ApproximateArrivalTimestamp":1763670000.000')
    const log = open()
    expect([log.end, readFileSync(join(dir, readdirSync(dir)[0] ?? '')).length]).toEqual([0, 0])
    log.close()
  })

  it('counts the bytes that base64 stands for', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
        expect(base64Bytes(Buffer.from(bytes).toString('base64'))).toBe(bytes.length)
      }),
    )
  })
})
