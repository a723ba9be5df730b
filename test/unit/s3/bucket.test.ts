import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bucket, openBucket } from '../../../electron/sandbox/s3/bucket.ts'
import { deleteMarker, type Version } from '../../../electron/sandbox/s3/version.ts'

let dir: string
let bucket: Bucket

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-bucket-'))
  bucket = openBucket(dir, { name: 'orders', createdMs: 0, versioning: 'Off', documents: {} })
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
    const again = openBucket(dir)
    expect(again.sortedKeys()).toEqual(['a', 'b'])
    expect([textOf(again, 'a'), textOf(again, 'b')]).toEqual(['two', 'three'])
    expect(files()).toHaveLength(2)
  })

  it('names files by nothing of the key', () => {
    for (const key of ['../../up', '/', 'a/../b', '.', '\0', 'x'.repeat(1024)]) put(key, 'text')
    expect(files().every(name => /^[0-9a-f]{32}$/.test(name))).toBe(true)
    expect(files()).toHaveLength(6)
  })

  it('forgets a line that was cut off, and removes bytes that no line names', () => {
    put('kept', 'text')
    appendFileSync(join(dir, 'index.jsonl'), '{"t":"put","version":{"key":"half')
    writeFileSync(join(dir, 'objects', 'never-acknowledged'), 'bytes')
    const again = openBucket(dir)
    expect(again.sortedKeys()).toEqual(['kept'])
    expect(files()).toEqual([again.current('kept')?.file])
    put('more', 'text')
    expect(openBucket(dir).sortedKeys()).toEqual(['kept', 'more'])
  })

  it('keeps versions in their order, and shows nothing under a delete marker', () => {
    put('k', 'one', 'v1')
    put('k', 'two', 'v2')
    bucket.add(deleteMarker('k', 'v3', 5))
    const again = openBucket(dir)
    expect(again.versions('k').map(version => version.versionId)).toEqual(['v1', 'v2', 'v3'])
    expect(again.current('k')).toBeUndefined()
    again.remove('k', 'v3')
    expect(textOf(again, 'k')).toBe('two')
  })

  it('gives a version new tags without touching its bytes or its place', () => {
    const first = put('k', 'one', 'v1')
    put('k', 'two', 'v2')
    bucket.retag(first, { stage: 'old' })
    for (const seen of [bucket, openBucket(dir)]) {
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
    expect(openBucket(dir).current('k')?.tags).toEqual({ count: '12345' })
  })
})
