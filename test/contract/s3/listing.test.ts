import {
  CreateBucketCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUCKET, failsWith, type RunningS3, startS3 } from './fixture.ts'

const KEYS = [
  'a',
  'dims/customers.csv',
  'dims/old/riders.csv',
  'dims/riders.csv',
  'logs/1',
  'logs/2',
  'test file(3).png',
  'ä',
  '😀',
]

let s3: RunningS3
beforeAll(async () => {
  s3 = await startS3()
  await s3.client.send(new CreateBucketCommand({ Bucket: BUCKET }))
  for (const key of [...KEYS].reverse()) await s3.objects.put(BUCKET, key, Buffer.from(key))
})
afterAll(async () => {
  expect(s3.crashes).toEqual([])
  await s3.close()
})

const list = (input: Partial<ListObjectsV2CommandInput> = {}) =>
  s3.client.send(new ListObjectsV2Command({ Bucket: BUCKET, ...input }))

async function everyPage(input: Partial<ListObjectsV2CommandInput>): Promise<{ keys: string[]; prefixes: string[] }> {
  const keys: string[] = []
  const prefixes: string[] = []
  let ContinuationToken: string | undefined
  do {
    const page = await list({ ...input, ContinuationToken })
    keys.push(...(page.Contents ?? []).map(entry => entry.Key ?? ''))
    prefixes.push(...(page.CommonPrefixes ?? []).map(entry => entry.Prefix ?? ''))
    expect(page.KeyCount).toBe((page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0))
    ContinuationToken = page.NextContinuationToken
    expect(page.IsTruncated).toBe(ContinuationToken !== undefined)
  } while (ContinuationToken !== undefined)
  return { keys, prefixes }
}

describe('the objects of a bucket', () => {
  it.each([1, 2, 3, 1_000])('are listed in order, %i a page', async MaxKeys => {
    expect((await everyPage({ MaxKeys })).keys).toEqual(KEYS)
  })

  it('are rolled up at a delimiter, one level at a time', async () => {
    for (const MaxKeys of [1, 2, 1_000]) {
      expect(await everyPage({ MaxKeys, Delimiter: '/' })).toEqual({
        keys: ['a', 'test file(3).png', 'ä', '😀'],
        prefixes: ['dims/', 'logs/'],
      })
      expect(await everyPage({ MaxKeys, Delimiter: '/', Prefix: 'dims/' })).toEqual({
        keys: ['dims/customers.csv', 'dims/riders.csv'],
        prefixes: ['dims/old/'],
      })
    }
  })

  it('begin behind a key', async () => {
    expect((await everyPage({ StartAfter: 'logs/1', MaxKeys: 2 })).keys).toEqual(KEYS.slice(5))
  })

  it('give size, time, class and etag, and the owner when asked', async () => {
    const { Contents } = await list({ Prefix: 'a', MaxKeys: 1, FetchOwner: true })
    expect(Contents).toEqual([
      {
        Key: 'a',
        Size: 1,
        ETag: '"0cc175b9c0f1b6a831c399e269772661"',
        LastModified: new Date(s3.clock.nowMs),
        StorageClass: 'STANDARD',
        Owner: { ID: expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
    ])
    expect((await list({ MaxKeys: 1 })).Contents?.[0]?.Owner).toBeUndefined()
  })

  it('are listed the old way too', async () => {
    const keys: (string | undefined)[] = []
    let Marker: string | undefined
    for (let isMore = true; isMore; ) {
      const page = await s3.client.send(new ListObjectsCommand({ Bucket: BUCKET, MaxKeys: 2, Delimiter: '/', Marker }))
      keys.push(
        ...(page.Contents ?? []).map(entry => entry.Key),
        ...(page.CommonPrefixes ?? []).map(entry => entry.Prefix),
      )
      Marker = page.NextMarker
      isMore = page.IsTruncated === true
    }
    expect(keys).toEqual(['a', 'dims/', 'test file(3).png', 'logs/', 'ä', '😀'])
  })

  it('come out percent-encoded when asked', async () => {
    const { Contents, EncodingType } = await list({ Prefix: 'test', EncodingType: 'url' })
    expect(EncodingType).toBe('url')
    expect(Contents?.[0]?.Key).toBe('test+file%283%29.png')
  })

  it('refuse a token that they never gave and counts that are none', async () => {
    await expect(list({ ContinuationToken: 'made up' })).rejects.toMatchObject(failsWith('InvalidArgument', 400))
    await expect(list({ MaxKeys: -1 })).rejects.toMatchObject(failsWith('InvalidArgument', 400))
    expect(await list({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false })
  })
})
