import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bucket, makeBucket, openBucket } from '../../../electron/sandbox/s3/bucket.ts'
import { deleteMarker, type Version } from '../../../electron/sandbox/s3/version.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'
import { flip } from '../../fixture/damage-file.ts'

const strict = careUnderTest()
let dir: string
let bucket: Bucket

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-bucket-'))
  makeBucket(dir, { name: 'orders', createdMs: 0, versioning: 'Off', documents: {} })
  bucket = openBucket(dir, strict.care)
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function put(key: string, text: string, versionId = 'null'): Version {
  const target = bucket.newFile()
  writeFileSync(target.path, text)
  const version: Version = {
    key,
    versionId,
    file: target.name,
    sizeBytes: text.length,
    etag: 'e',
    modifiedMs: 1,
    headers: {},
    metadata: {},
    tags: {},
  }
  bucket.add(version)
  return version
}

const textOf = (from: Bucket, key: string): string => readFileSync(from.pathOf(from.current(key)?.file ?? ''), 'utf8')
const files = () => readdirSync(join(dir, 'objects'))

describe('a bucket on disk', () => {
  it('is the same after it is opened again', () => {
    put('b', 'one')
    put('a', 'two')
    put('b', 'three')
    put('gone', 'x')
    bucket.remove('gone', 'null')
    const again = openBucket(dir, strict.care)
    expect(again.sortedKeys()).toEqual(['a', 'b'])
    expect([textOf(again, 'a'), textOf(again, 'b')]).toEqual(['two', 'three'])
    expect(files()).toHaveLength(2)
  })

  it('names files by nothing of the key', () => {
    for (const key of ['../../up', '/', 'a/../b', '.', '\0', 'x'.repeat(1024)]) put(key, 'text')
    expect(files().every(name => /^[0-9a-f]{32}$/.test(name))).toBe(true)
    expect(files()).toHaveLength(6)
  })

  it('forgets a line that was cut off, and removes bytes of an upload that a kill ended', () => {
    put('kept', 'text')
    appendFileSync(join(dir, 'index.jsonl'), '0123abcd 2 {"t":"put","version":{"key":"half')
    writeFileSync(bucket.newFile().path, 'bytes')
    const again = openBucket(dir, strict.care)
    expect(again.sortedKeys()).toEqual(['kept'])
    expect(files()).toEqual([again.current('kept')?.file])
    put('more', 'text')
    expect(openBucket(dir, strict.care).sortedKeys()).toEqual(['kept', 'more'])
  })

  it('keeps versions in their order, and shows nothing under a delete marker', () => {
    put('k', 'one', 'v1')
    put('k', 'two', 'v2')
    bucket.add(deleteMarker('k', 'v3', 5))
    const again = openBucket(dir, strict.care)
    expect(again.versions('k').map(version => version.versionId)).toEqual(['v1', 'v2', 'v3'])
    expect(again.current('k')).toBeUndefined()
    again.remove('k', 'v3')
    expect(textOf(again, 'k')).toBe('two')
  })

  it('gives a version new tags without touching its bytes or its place', () => {
    const first = put('k', 'one', 'v1')
    put('k', 'two', 'v2')
    bucket.retag(first, { stage: 'old' })
    for (const seen of [bucket, openBucket(dir, strict.care)]) {
      expect(seen.versions('k').map(version => [version.versionId, version.tags])).toEqual([
        ['v1', { stage: 'old' }],
        ['v2', {}],
      ])
    }
    expect(existsSync(bucket.pathOf(first.file ?? ''))).toBe(true)
  })

  it('has a log that does not grow for ever', () => {
    const version = put('k', 'text')
    const line = statSync(join(dir, 'index.jsonl')).size
    for (let count = 0; count < 45_000; count++) bucket.retag(version, { count: '12345' })
    expect(statSync(join(dir, 'index.jsonl')).size).toBeLessThan(25_000 * (line + 30))
    expect(openBucket(dir, strict.care).current('k')?.tags).toEqual({ count: '12345' })
  })

  it('brings bytes in whose line a kill left without the move that follows it', () => {
    const version = put('k', 'text')
    renameSync(bucket.pathOf(version.file ?? ''), join(dir, 'incoming', version.file ?? ''))
    const again = openBucket(dir, strict.care)
    expect(textOf(again, 'k')).toBe('text')
  })
})

describe('a bucket whose files are damaged', () => {
  const index = () => join(dir, 'index.jsonl')
  const DAMAGES: [string, () => void][] = [
    ['emptied', () => writeFileSync(index(), '')],
    [
      'shortened by whole lines',
      () => writeFileSync(index(), `${readFileSync(index(), 'utf8').split('\n').slice(0, 2).join('\n')}\n`),
    ],
    ['shortened within a line', () => writeFileSync(index(), readFileSync(index()).subarray(0, -10))],
    ['without a line in its middle', () => writeFileSync(index(), without(readFileSync(index(), 'utf8'), 2))],
    ['with one byte flipped', () => flip(index(), 200)],
    ['missing', () => rmSync(index())],
    ['a folder', () => inPlaceOf(index())],
  ]
  const inPlaceOf = (file: string) => {
    rmSync(file)
    mkdirSync(file)
  }
  const without = (text: string, line: number) =>
    text
      .split('\n')
      .filter((_, at) => at !== line)
      .join('\n')

  it.each(DAMAGES)('opens no bucket whose index is %s, names the file, and removes nothing', (_, damage) => {
    for (const key of ['a', 'b', 'c']) put(key, `text of ${key}`)
    damage()
    const before = files().map(name => readFileSync(join(dir, 'objects', name), 'utf8'))
    expect(() => openBucket(dir, strict.care)).toThrow(/index\.jsonl is damaged/)
    expect(files().map(name => readFileSync(join(dir, 'objects', name), 'utf8'))).toEqual(before)
  })

  it.each(DAMAGES)(
    'goes on in a repair with what an index that is %s still says, and keeps all other bytes under another name',
    (_, damage) => {
      for (const key of ['a', 'b', 'c']) put(key, `text of ${key}`)
      damage()
      const repair = careUnderTest({ repairs: true })
      const repaired = openBucket(dir, repair.care)
      for (const key of repaired.sortedKeys()) expect(textOf(repaired, key)).toBe(`text of ${key}`)
      expect(allBytes(dir)).toEqual(['text of a', 'text of b', 'text of c'])
      expect(repair.notices.map(notice => notice.title).join()).toContain('index.jsonl is damaged')
      bucket = repaired
      put('later', 'x')
      expect(openBucket(dir, strict.care).sortedKeys()).toEqual(repaired.sortedKeys())
    },
  )

  it('does not open when the bytes of an object are missing, and a repair forgets that object', () => {
    for (const key of ['a', 'b']) put(key, key)
    rmSync(bucket.pathOf(bucket.current('a')?.file ?? ''))
    expect(() => openBucket(dir, strict.care)).toThrow(/is damaged: it is missing/)
    expect(openBucket(dir, careUnderTest({ repairs: true }).care).sortedKeys()).toEqual(['b'])
    expect(openBucket(dir, strict.care).sortedKeys()).toEqual(['b'])
  })

  it(
    'does not open when the bytes of an object are fewer than were written, and a repair keeps what is left under ' +
      'another name',
    () => {
      for (const key of ['a', 'b']) put(key, `text of ${key}`)
      const file = bucket.pathOf(bucket.current('a')?.file ?? '')
      writeFileSync(file, 'te')
      expect(() => openBucket(dir, strict.care)).toThrow(/is damaged: it has 2 bytes, and 9 were written/)
      expect(openBucket(dir, careUnderTest({ repairs: true }).care).sortedKeys()).toEqual(['b'])
      expect(openBucket(dir, strict.care).sortedKeys()).toEqual(['b'])
      expect(allBytes(dir)).toEqual(['te', 'text of b'])
    },
  )

  it.each([
    ['emptied', (file: string) => writeFileSync(file, '')],
    ['cut', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 40))],
    ['flipped', (file: string) => flip(file, 60)],
    ['missing', (file: string) => rmSync(file)],
    ['a folder', (file: string) => inPlaceOf(file)],
  ])('does not open when its settings are %s, and a repair keeps its objects', (_, damage) => {
    put('a', 'text')
    damage(join(dir, 'bucket.json'))
    expect(() => openBucket(dir, strict.care)).toThrow(/bucket\.json is damaged/)
    expect(textOf(openBucket(dir, careUnderTest({ repairs: true }).care), 'a')).toBe('text')
    expect(textOf(openBucket(dir, strict.care), 'a')).toBe('text')
  })

  it('reads the folder of an older version, gives it checksums, and renames what no line names', () => {
    const version = put('a', 'text')
    writeFileSync(index(), `${JSON.stringify({ t: 'put', version })}\n`)
    writeFileSync(join(dir, 'bucket.json'), JSON.stringify(bucket.settings))
    rmSync(join(dir, 'incoming'), { recursive: true })
    writeFileSync(join(dir, 'objects', 'f'.repeat(32)), 'left by a kill, or an object')
    const old = careUnderTest()
    expect(textOf(openBucket(dir, old.care), 'a')).toBe('text')
    expect(allBytes(dir)).toEqual(['left by a kill, or an object', 'text'])
    expect(old.notices).toHaveLength(1)
    expect(readFileSync(index(), 'utf8')).toMatch(/^# sluice lines 1\n[0-9a-f]{8} 1 \{/)
  })
})

/** Texts of all objects and of all that is kept under another name. */
const allBytes = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && entry.name.startsWith('objects'))
    .flatMap(entry =>
      readdirSync(join(folder, entry.name)).map(name => readFileSync(join(folder, entry.name, name), 'utf8')),
    )
    .sort()
