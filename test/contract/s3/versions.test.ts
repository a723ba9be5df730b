import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BUCKET, failsWith, type RunningS3, startS3 } from './fixture.ts'

let s3: RunningS3
beforeEach(async () => {
  s3 = await startS3()
  await s3.client.send(new CreateBucketCommand({ Bucket: BUCKET }))
})
afterEach(async () => {
  expect(s3.crashes).toEqual([])
  await s3.close()
})

const versioning = (Status: 'Enabled' | 'Suspended') =>
  s3.client.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration: { Status } }))
const put = async (Key: string, Body: string) =>
  (await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }))).VersionId
const read = async (Key: string, VersionId?: string) =>
  (await s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key, VersionId }))).Body?.transformToString()
const remove = (Key: string, VersionId?: string) =>
  s3.client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key, VersionId }))

async function versions(page: { MaxKeys?: number; Prefix?: string } = {}): Promise<string[]> {
  const found: string[] = []
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {}
  for (let isMore = true; isMore; ) {
    const answer = await s3.client.send(new ListObjectVersionsCommand({ Bucket: BUCKET, ...page, ...marker }))
    const entries = [...(answer.Versions ?? []), ...(answer.DeleteMarkers ?? [])]
    expect(entries.length).toBeLessThanOrEqual(page.MaxKeys ?? 1_000)
    found.push(...entries.map(entry => `${entry.Key} ${entry.VersionId}${entry.IsLatest ? ' latest' : ''}`))
    marker = { KeyMarker: answer.NextKeyMarker, VersionIdMarker: answer.NextVersionIdMarker }
    isMore = answer.IsTruncated === true
  }
  return found
}

describe('a bucket that keeps versions', () => {
  it('has each of them, over a restart', async () => {
    await put('k', 'before')
    await versioning('Enabled')
    const first = await put('k', 'first')
    const second = await put('k', 'second')
    await s3.restart()
    expect((await s3.client.send(new GetBucketVersioningCommand({ Bucket: BUCKET }))).Status).toBe('Enabled')
    expect(await read('k')).toBe('second')
    expect(await read('k', first)).toBe('first')
    expect(await read('k', 'null')).toBe('before')
    expect(await versions()).toEqual([`k ${second} latest`, `k ${first}`, 'k null'])
  })

  it('hides a deleted key under a marker, and shows it again without', async () => {
    await versioning('Enabled')
    const first = await put('k', 'text')
    const marker = await remove('k')
    expect(marker.DeleteMarker).toBe(true)
    await expect(read('k')).rejects.toMatchObject(failsWith('NoSuchKey', 404))
    expect((await s3.raw('GET', `/${BUCKET}/k`)).headers['x-amz-delete-marker']).toBe('true')
    await expect(read('k', marker.VersionId)).rejects.toMatchObject(failsWith('MethodNotAllowed', 405))
    expect((await s3.client.send(new ListObjectsV2Command({ Bucket: BUCKET }))).KeyCount).toBe(0)
    await expect(s3.client.send(new DeleteBucketCommand({ Bucket: BUCKET }))).rejects.toMatchObject(
      failsWith('BucketNotEmpty', 409),
    )
    expect(await remove('k', marker.VersionId)).toMatchObject({ DeleteMarker: true, VersionId: marker.VersionId })
    expect(await read('k')).toBe('text')
    await remove('k', first)
    await expect(read('k')).rejects.toMatchObject(failsWith('NoSuchKey', 404))
    await s3.client.send(new DeleteBucketCommand({ Bucket: BUCKET }))
  })

  it('when suspended writes the version null again and again, and keeps the others', async () => {
    await versioning('Enabled')
    const first = await put('k', 'first')
    await versioning('Suspended')
    await put('k', 'second')
    await put('k', 'third')
    expect(await versions()).toEqual(['k null latest', `k ${first}`])
    expect(await read('k')).toBe('third')
    expect(await remove('k')).toMatchObject({ DeleteMarker: true, VersionId: 'null' })
    expect(await versions()).toEqual([`k ${first}`, 'k null latest'])
  })

  it('lists them in pages that end within a key', async () => {
    await versioning('Enabled')
    const expected: string[] = []
    for (const key of ['a', 'b', 'c']) {
      const ids: (string | undefined)[] = []
      for (const text of ['1', '2', '3']) ids.unshift(await put(key, text))
      expected.push(...ids.map((id, index) => `${key} ${id}${index === 0 ? ' latest' : ''}`))
    }
    for (const MaxKeys of [1, 2, 4, 5, 100]) expect(await versions({ MaxKeys })).toEqual(expected)
    expect(await versions({ Prefix: 'b', MaxKeys: 2 })).toEqual(expected.slice(3, 6))
  })

  it('distinguishes an unknown version from a malformed one', async () => {
    await versioning('Enabled')
    const id = (await put('k', 'text')) ?? ''
    await put('other', 'text')
    await expect(read('other', id)).rejects.toMatchObject(failsWith('NoSuchVersion', 404))
    await expect(read('k', 'no/version')).rejects.toMatchObject(failsWith('InvalidArgument', 400))
    expect(await s3.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'k' }))).toMatchObject({ VersionId: id })
  })
})
