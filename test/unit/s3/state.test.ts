import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Bucket } from '../../../electron/sandbox/s3/bucket.ts'
import { openState, type S3State } from '../../../electron/sandbox/s3/state.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'
import { flip } from '../../fixture/damage-file.ts'

let dir: string
let logged: string[]
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-s3-'))
  logged = []
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function open({ care } = careUnderTest()): S3State {
  const log = (line: string) => void logged.push(line)
  return openState({ dir, account: '000000000000', region: 'us-east-1', now: care.now, log, care })
}

const bucketsDir = () => join(dir, 'buckets')
const inBucket = (...names: string[]) => join(bucketsDir(), 'orders', ...names)
const index = () => inBucket('index.jsonl')

function put(bucket: Bucket, key: string, text: string): string {
  const target = bucket.newFile()
  writeFileSync(target.path, text)
  const version = { key, versionId: 'null', file: target.name, sizeBytes: text.length, etag: 'e', modifiedMs: 1 }
  bucket.add({ ...version, headers: {}, metadata: {}, tags: {} })
  return target.name
}

/** The text of all files below a folder that hold bytes. */
const allBytes = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && /^[0-9a-f]{32}$/.test(entry.name))
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .sort()

const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').slice(0, -1)

describe('a repair of a damaged bucket removes no bytes', () => {
  it('that were on their way to their object when its line was lost: they are kept beside, and named', () => {
    const bucket = open().createBucket('orders')
    put(bucket, 'a', 'text of a')
    const file = put(bucket, 'b', 'text of b')
    renameSync(inBucket('objects', file), inBucket('incoming', file))
    flip(index(), readFileSync(index()).indexOf('"key":"b"'))
    const repair = careUnderTest({ repairs: true })
    expect(open(repair).buckets.get('orders')?.sortedKeys()).toEqual(['a'])
    expect(allBytes(dir)).toEqual(['text of a', 'text of b'])
    expect(repair.notices.map(notice => notice.detail).join()).toMatch(/kept as .*incoming\.damaged-/)
  })

  it('of an object that lines out of their order say was replaced', () => {
    const bucket = open().createBucket('orders')
    put(bucket, 'k', 'old')
    const [header, first] = linesOf(index())
    put(bucket, 'k', 'new')
    const [, , second] = linesOf(index())
    writeFileSync(index(), `${[header, second, first].join('\n')}\n`)
    expect(() => open()).toThrow(/index\.jsonl is damaged/)
    expect(allBytes(dir)).toEqual(['new'])
    open(careUnderTest({ repairs: true }))
    expect(allBytes(dir)).toEqual(['new'])
  })

  it('and removes what an upload that a kill ended left, while the index is whole', () => {
    const bucket = open().createBucket('orders')
    put(bucket, 'a', 'text of a')
    writeFileSync(bucket.newFile().path, 'half')
    open()
    expect(allBytes(dir)).toEqual(['text of a'])
  })

  it('and the sandbox removes none before it refuses to start', () => {
    const bucket = open().createBucket('orders')
    for (const key of ['a', 'b']) put(bucket, key, `text of ${key}`)
    writeFileSync(bucket.newFile().path, 'coming')
    const kept = linesOf(index()).slice(0, 2)
    writeFileSync(index(), `${kept.join('\n')}\n`)
    expect(() => open()).toThrow(/it names none of 1 files/)
    expect(allBytes(dir)).toEqual(['coming', 'text of a', 'text of b'])
  })
})

describe('a bucket without objects', () => {
  it.each(['bucket.json', 'index.jsonl'])('is refused as damaged when its %s is lost, and a repair keeps it', name => {
    open().createBucket('orders')
    rmSync(inBucket(name))
    expect(() => open()).toThrow(new RegExp(`${name} is damaged: it is missing`))
    expect([...open(careUnderTest({ repairs: true })).buckets.keys()]).toEqual(['orders'])
    expect([...open().buckets.keys()]).toEqual(['orders'])
  })

  it('that a kill left half made is removed, and can be made', () => {
    open()
    mkdirSync(join(bucketsDir(), 'MAKING-orders', 'objects'), { recursive: true })
    const state = open()
    expect([readdirSync(bucketsDir()), [...state.buckets.keys()]]).toEqual([[], []])
    state.createBucket('orders')
    expect(readdirSync(bucketsDir())).toEqual(['orders'])
  })
})

describe('what is no state of the sandbox', () => {
  it('is left alone among the buckets, in a line of the log each', () => {
    open()
    for (const name of ['Not_A_Bucket', 'notes', 'REMOVED-Old stuff']) {
      mkdirSync(join(bucketsDir(), name))
      writeFileSync(join(bucketsDir(), name, 'mine.txt'), 'text')
    }
    writeFileSync(join(bucketsDir(), '.DS_Store'), 'x')
    const state = open()
    expect([...state.buckets.keys()]).toEqual([])
    expect(readdirSync(bucketsDir()).sort()).toEqual(['.DS_Store', 'Not_A_Bucket', 'REMOVED-Old stuff', 'notes'])
    expect(logged.filter(line => line.includes('is left alone'))).toHaveLength(4)
    state.createBucket('notes')
    expect([...open().buckets.keys()]).toEqual(['notes'])
    expect(readdirSync(bucketsDir()).filter(name => existsSync(join(bucketsDir(), name, 'mine.txt')))).toHaveLength(3)
  })

  it('is ignored among the bytes of objects, and of uploads', () => {
    put(open().createBucket('orders'), 'a', 'text')
    const strangers = [
      inBucket('objects', '.DS_Store'),
      inBucket('incoming', 'Thumbs.db'),
      join(dir, 'uploads', '.DS_Store'),
    ]
    for (const file of strangers) writeFileSync(file, 'x')
    mkdirSync(inBucket('objects', 'folder'))
    const strict = careUnderTest()
    expect(open(strict).buckets.get('orders')?.sortedKeys()).toEqual(['a'])
    expect(strangers.filter(file => !existsSync(file))).toEqual([])
    expect(strict.notices).toEqual([])
  })
})

describe('an upload in parts', () => {
  it('is kept under another name when its bucket is not there', () => {
    const state = open()
    state.createBucket('orders')
    const checksum = { name: 'crc64nvme', type: 'FULL_OBJECT', isAsked: false } as const
    const upload = { bucket: 'orders', key: 'k', startedMs: 1, headers: {}, metadata: {}, tags: {}, checksum }
    const { id } = state.uploads.start(upload)
    rmSync(inBucket(), { recursive: true })
    const strict = careUnderTest()
    expect(open(strict).uploads.all()).toEqual([])
    expect(readdirSync(join(dir, 'uploads'))).toEqual([expect.stringMatching(new RegExp(`^${id}\\.damaged-`))])
    expect(strict.notices).toHaveLength(1)
  })
})
