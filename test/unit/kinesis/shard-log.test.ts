import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sequenceAt, sequencePrefix } from '../../../electron/sandbox/kinesis/sequence-number.ts'
import { openShardLog, type ShardLog } from '../../../electron/sandbox/kinesis/shard-log.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'
import { flip } from '../../fixture/damage-file.ts'

const SHARD = 'shardId-000000000000'
const NOW = 1_763_670_000_000
const PREFIX = sequencePrefix(NOW, 0)
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-log-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const strict = careUnderTest()
const open = (care = strict.care) => openShardLog(dir, SHARD, PREFIX, care)
const record = (data: Uint8Array, partitionKey: string) => ({
  data: Buffer.from(data).toString('base64'),
  partitionKey,
  sizeBytes: data.length + Buffer.byteLength(partitionKey),
})
const Lot = fc.record({
  waitMs: fc.integer({ min: -50, max: 2_000 }),
  records: fc.array(
    fc.record({
      data: fc.uint8Array({ maxLength: 40 }),
      key: fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
    }),
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

  it('keeps every whole record when a kill cut an append at any byte, drops the torn one, and goes on after it', () => {
    fc.assert(
      fc.property(
        fc.array(Lot, { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (lots, cut) => {
          const log = open()
          const file = join(dir, `${SHARD}.000000000000000.jsonl`)
          let acknowledged = 0
          for (const lot of lots) {
            acknowledged = existsSync(file) ? readFileSync(file).length : 0
            log.append(
              lot.records.map(entry => record(entry.data, entry.key)),
              NOW,
            )
          }
          const before = readAll(log)
          log.close()
          const bytes = readFileSync(file)
          const length = acknowledged + Math.floor((bytes.length - acknowledged) * cut)
          truncateSync(file, length)
          // The checksum is written after the records, and before they are acknowledged.
          truncateSync(`${file}.sums`, 16 * (lots.length - 1))
          const whole = bytes.subarray(0, length).filter(byte => byte === 0x0a).length
          const torn = open()
          expect(torn.end).toBe(whole)
          expect(readAll(torn)).toEqual(before.slice(0, whole))
          expect(torn.append([record(Buffer.from('after'), 'k')], NOW + 1)).toBe(whole)
          torn.close()
          const again = open()
          expect(readAll(again)).toHaveLength(whole + 1)
          again.remove()
        },
      ),
      { numRuns: 50 },
    )
  })

  it('begins a new segment when one is full, reads across them, and trims whole segments by time', () => {
    const log = open()
    const segments = () => readdirSync(dir).filter(name => name.endsWith('.jsonl'))
    const data = Buffer.alloc(1024 * 1024, 'x').toString('base64')
    for (let index = 0; index < 60; index++)
      log.append([{ data, partitionKey: `${index}`, sizeBytes: 1024 * 1024 + 2 }], NOW + index * 1_000)
    expect(segments()).toHaveLength(2)
    const wanted = Array.from({ length: 60 }, (_, index) => `${index}`)
    expect(readAll(log, 10_000, 10 * 1024 * 1024).map(entry => entry.PartitionKey)).toEqual(wanted)
    expect(log.trimPlace(NOW + 30_000)).toBe(0)
    const place = log.trimPlace(NOW + 59_000)
    expect(place).toBeGreaterThan(30)
    log.dropBefore(place - 1)
    expect(log.first).toBe(0)
    const received = log.sizeOf(place, 60)
    log.dropBefore(place)
    expect(segments()).toHaveLength(1)
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

  it('leaves a torn end in its file until the next append, which writes in its place', () => {
    const first = open()
    first.append([record(Buffer.from('whole'), 'k')], NOW)
    first.close()
    const file = join(dir, `${SHARD}.000000000000000.jsonl`)
    appendFileSync(file, ',{"ApproximateArrivalTimestamp":1763670000.000')
    const torn = readFileSync(file)
    const log = open()
    expect(log.end).toBe(1)
    expect(readFileSync(file)).toEqual(torn)
    log.append([record(Buffer.from('next'), 'k')], NOW)
    expect(readAll(log).map(stored => Buffer.from(stored.Data, 'base64').toString())).toEqual(['whole', 'next'])
    log.close()
    expect(readAll(open())).toHaveLength(2)
  })

  it('takes no record from a file that holds only the beginning of one', () => {
    appendFileSync(join(dir, `${SHARD}.000000000000000.jsonl`), ',{"ApproximateArrivalTimestamp":1763670000.000')
    const log = open()
    expect(log.end).toBe(0)
    log.append([record(Buffer.from('first'), 'k')], NOW)
    log.close()
    expect(readAll(open())).toHaveLength(1)
  })

  it('adds a checksum in the place of one that was cut short while its records were not written', () => {
    const first = open()
    for (const data of ['one', 'two']) first.append([record(Buffer.from(data), 'k')], NOW)
    first.close()
    const file = join(dir, `${SHARD}.000000000000000.jsonl`)
    truncateSync(`${file}.sums`, 16 + 5)
    truncateSync(file, readFileSync(file).length / 2)
    const log = open()
    log.append([record(Buffer.from('three'), 'k')], NOW)
    log.close()
    expect(readFileSync(`${file}.sums`)).toHaveLength(2 * 16)
    expect(readAll(open())).toHaveLength(2)
  })
})

describe('a shard whose log is damaged', () => {
  const file = () => join(dir, `${SHARD}.000000000000000.jsonl`)
  const write = () => {
    const log = open()
    for (const key of ['a', 'b', 'c', 'd'])
      log.append([record(Buffer.from(`data of ${key}`), key), record(Buffer.from('x'), key)], NOW)
    log.close()
  }
  const DAMAGES: [string, number, () => void][] = [
    ['has a flipped byte', 2, () => flip(file(), 600)],
    ['has a flipped end of line', 2, () => flip(file(), readFileSync(file()).indexOf(0x0a))],
    ['is shorter by an append', 2, () => truncateSync(file(), Math.ceil((readFileSync(file()).length * 3) / 4))],
    ['is cut in a line', 4, () => truncateSync(file(), Math.ceil((readFileSync(file()).length * 3) / 4) - 10)],
    ['is empty', 8, () => truncateSync(file(), 0)],
    ['is missing', 8, () => rmSync(file())],
  ]

  it.each(DAMAGES)('does not open when it %s: records that were acknowledged would be missing', (_, __, damage) => {
    write()
    damage()
    expect(() => open()).toThrow(
      /000\.jsonl is damaged: \d of its records do not match their checksums, or are missing/,
    )
  })

  it.each(DAMAGES)(
    'keeps each sequence number in a repair when it %s, with empty records in the place of those lost',
    (_, lost, damage) => {
      write()
      damage()
      const { care, notices } = careUnderTest({ repairs: true })
      const repaired = open(care)
      expect(repaired.end).toBe(8)
      const records = readAll(repaired)
      expect(records.map(stored => stored.SequenceNumber)).toEqual(
        Array.from({ length: 8 }, (_, place) => sequenceAt(PREFIX, place)),
      )
      expect(records.filter(stored => stored.PartitionKey === 'damaged' && stored.Data === '')).toHaveLength(lost)
      expect(notices).toMatchObject([{ state: 'bad', title: expect.stringContaining('.jsonl is damaged') }])
      repaired.append([record(Buffer.from('later'), 'e')], NOW)
      repaired.close()
      expect(readAll(open())).toHaveLength(9)
    },
  )

  it('reads a log of an older version, which has no checksums, and gives it some', () => {
    write()
    rmSync(`${file()}.sums`)
    expect(readAll(open())).toHaveLength(8)
    flip(file(), 600)
    expect(() => open()).toThrow(/is damaged/)
  })

  it('goes on without checksums that are damaged, after it has read all records in their order', () => {
    write()
    flip(`${file()}.sums`, 20)
    const { care, notices } = careUnderTest()
    expect(readAll(open(care))).toHaveLength(8)
    expect(notices).toHaveLength(1)
    expect(readAll(open())).toHaveLength(8)
  })

  it('keeps records whose checksum a kill cut off: they may have been read', () => {
    write()
    truncateSync(`${file()}.sums`, 3 * 16 + 5)
    expect(readAll(open())).toHaveLength(8)
  })
})
