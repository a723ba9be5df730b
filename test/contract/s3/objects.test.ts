import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectAclCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectTaggingCommand,
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

const put = (Key: string, Body: string | Uint8Array, more: Partial<PutObjectCommandInput> = {}) =>
  s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, ...more }))
const get = (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  s3.client.send(new GetObjectCommand({ Bucket: BUCKET, Key, ...more }))
const read = async (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  (await get(Key, more)).Body?.transformToString()
const head = (Key: string) => s3.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key, ChecksumMode: 'ENABLED' }))
const keys = async () =>
  (await s3.client.send(new ListObjectsV2Command({ Bucket: BUCKET }))).Contents?.map(entry => entry.Key) ?? []

/** Every kind of key that was ever lost by something that speaks S3. */
const ODD_KEYS = [
  'a b',
  'a+b',
  'a%2Fb',
  '100%',
  '../up',
  'a/../b',
  '.',
  '/lead',
  'trail/',
  'x//y',
  'é/ü',
  '\u0001control',
  'new\nline\rreturn',
  'q?versions=1&acl',
  '#hash',
  '😀\ue000',
  `quote"'<>&`,
  '~!*()',
  'k'.repeat(1024),
]

describe('objects', () => {
  it('come back with all that was put with them, also after a restart', async () => {
    const written = await put('k', 'text', {
      ContentType: 'text/plain',
      CacheControl: 'no-cache',
      ContentDisposition: 'attachment',
      ContentEncoding: 'identity',
      ContentLanguage: 'de',
      Metadata: { colour: 'blue', 'two-words': 'a b' },
      StorageClass: 'STANDARD_IA',
      Tagging: 'stage=raw&owner=a%20b',
    })
    expect(written).toMatchObject({ ETag: '"1cb251ec0d568de6a929b520c4aed8d1"', ServerSideEncryption: 'AES256' })
    await s3.restart()
    const found = await get('k')
    expect(found).toMatchObject({
      ContentType: 'text/plain',
      CacheControl: 'no-cache',
      ContentDisposition: 'attachment',
      ContentEncoding: 'identity',
      ContentLanguage: 'de',
      ContentLength: 4,
      ETag: '"1cb251ec0d568de6a929b520c4aed8d1"',
      LastModified: new Date(s3.clock.nowMs),
      Metadata: { colour: 'blue', 'two-words': 'a b' },
      StorageClass: 'STANDARD_IA',
      TagCount: 2,
    })
    expect(await found.Body?.transformToString()).toBe('text')
  })

  it('may have any key', async () => {
    for (const key of ODD_KEYS) await put(key, `body of ${key}`)
    for (const key of ODD_KEYS) expect(await read(key)).toBe(`body of ${key}`)
    const url = await s3.client.send(new ListObjectsV2Command({ Bucket: BUCKET, EncodingType: 'url' }))
    const decoded = url.Contents?.map(entry => decodeURIComponent((entry.Key ?? '').replaceAll('+', ' ')))
    expect(decoded).toEqual([...ODD_KEYS].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
    for (const key of ODD_KEYS) await s3.client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }))
    expect(await keys()).toEqual([])
  })

  it('have keys of 1,024 bytes at most', async () => {
    await expect(put('é'.repeat(513), 'x')).rejects.toMatchObject(failsWith('KeyTooLongError', 400))
  })

  it('have metadata of 2 KB at most', async () => {
    await expect(put('k', 'x', { Metadata: { long: 'x'.repeat(2048) } })).rejects.toMatchObject(
      failsWith('MetadataTooLarge', 400),
    )
  })

  it('that are not there answer NoSuchKey, to a HEAD 404', async () => {
    await expect(get('nothing')).rejects.toMatchObject({ ...failsWith('NoSuchKey', 404), Key: 'nothing' })
    await expect(head('nothing')).rejects.toMatchObject(failsWith('NotFound', 404))
  })

  it('are replaced as a whole', async () => {
    await put('k', 'a long first text', { Metadata: { first: 'yes' } })
    await put('k', 'short')
    expect(await read('k')).toBe('short')
    expect((await head('k')).Metadata).toEqual({})
  })

  it('may be empty', async () => {
    await put('empty', '')
    expect(await read('empty')).toBe('')
    expect(await head('empty')).toMatchObject({ ContentLength: 0, ETag: '"d41d8cd98f00b204e9800998ecf8427e"' })
  })

  it('may be larger than any buffer on the way', async () => {
    const body = Buffer.alloc(20_000_000, 'sluice')
    await put('big', body)
    const bytes = await (await get('big')).Body?.transformToByteArray()
    expect(body.equals(bytes ?? new Uint8Array())).toBe(true)
  })

  it.each([
    ['bytes=0-1', '01', 'bytes 0-1/10'],
    ['bytes=8-', '89', 'bytes 8-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=5-100', '56789', 'bytes 5-9/10'],
  ])('are read in part: %s', async (Range, text, ContentRange) => {
    await put('digits', '0123456789')
    const part = await get('digits', { Range })
    expect(part).toMatchObject({ ContentRange, ContentLength: text.length, $metadata: { httpStatusCode: 206 } })
    expect(await part.Body?.transformToString()).toBe(text)
  })

  it('have nothing behind their end', async () => {
    await put('digits', '0123456789')
    await expect(get('digits', { Range: 'bytes=10-' })).rejects.toMatchObject(failsWith('InvalidRange', 416))
  })

  it('are read on conditions', async () => {
    const { ETag } = await put('k', 'text')
    const earlier = new Date(s3.clock.nowMs - 60_000)
    const now = new Date(s3.clock.nowMs)
    expect(await read('k', { IfMatch: ETag })).toBe('text')
    expect(await read('k', { IfNoneMatch: '"other"' })).toBe('text')
    expect(await read('k', { IfModifiedSince: earlier })).toBe('text')
    expect(await read('k', { IfMatch: ETag, IfUnmodifiedSince: earlier })).toBe('text')
    expect(await read('k', { IfNoneMatch: '"other"', IfModifiedSince: now })).toBe('text')
    await expect(get('k', { IfMatch: '"other"' })).rejects.toMatchObject(failsWith('PreconditionFailed', 412))
    await expect(get('k', { IfUnmodifiedSince: earlier })).rejects.toMatchObject(failsWith('PreconditionFailed', 412))
    await expect(get('k', { IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } })
    await expect(get('k', { IfModifiedSince: now })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } })
  })

  it('are written on conditions', async () => {
    const { ETag } = await put('k', 'one', { IfNoneMatch: '*' })
    await expect(put('k', 'two', { IfNoneMatch: '*' })).rejects.toMatchObject(failsWith('PreconditionFailed', 412))
    await expect(put('k', 'two', { IfMatch: '"other"' })).rejects.toMatchObject(failsWith('PreconditionFailed', 412))
    await expect(put('new', 'two', { IfMatch: '"other"' })).rejects.toMatchObject(failsWith('NoSuchKey', 404))
    expect(await read('k')).toBe('one')
    await put('k', 'two', { IfMatch: ETag })
    expect(await read('k')).toBe('two')
  })

  it('of one key written at once by many, each only if new, are written once', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 12 }, (_, n) => put('k', `${n}`, { IfNoneMatch: '*' })),
    )
    expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(1)
  })

  it('may be asked for under other headers', async () => {
    await put('k', 'text')
    const found = await get('k', {
      ResponseContentType: 'text/csv',
      ResponseContentDisposition: 'attachment; filename="k.csv"',
    })
    expect(found).toMatchObject({ ContentType: 'text/csv', ContentDisposition: 'attachment; filename="k.csv"' })
  })

  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'keep their checksum: %s',
    async ChecksumAlgorithm => {
      const name = `Checksum${ChecksumAlgorithm}` as const
      const values = {
        CRC32: 'y/Q5Jg==',
        CRC32C: '4waSgw==',
        CRC64NVME: 'rosUhgp5mIg=',
        SHA1: '98O8HYCOBHMq32eZZczDTKeuNEE=',
        SHA256: 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=',
      }
      const value = values[ChecksumAlgorithm]
      expect(await put('k', '123456789', { [name]: value })).toMatchObject({
        [name]: value,
        ChecksumType: 'FULL_OBJECT',
      })
      expect(await head('k')).toMatchObject({ [name]: value })
      await expect(put('k', 'other text', { [name]: value })).rejects.toMatchObject(failsWith('BadDigest', 400))
      expect(await read('k')).toBe('123456789')
    },
  )

  it('are copied with or without their metadata', async () => {
    const CopySource = `${BUCKET}/${encodeURIComponent('from + ü')}`
    await put('from + ü', 'text', { ContentType: 'text/plain', Metadata: { a: '1' }, Tagging: 'stage=raw' })
    const copied = await s3.client.send(new CopyObjectCommand({ Bucket: BUCKET, Key: 'copy', CopySource }))
    expect(copied.CopyObjectResult).toMatchObject({ ETag: '"1cb251ec0d568de6a929b520c4aed8d1"' })
    expect(await head('copy')).toMatchObject({ ContentType: 'text/plain', Metadata: { a: '1' } })
    const Metadata = { b: '2' }
    await s3.client.send(
      new CopyObjectCommand({
        Bucket: BUCKET,
        Key: 'copy',
        CopySource,
        MetadataDirective: 'REPLACE',
        Metadata,
        ContentType: 'a/b',
      }),
    )
    expect(await head('copy')).toMatchObject({ ContentType: 'a/b', Metadata })
    expect(await read('copy')).toBe('text')
  })

  it('are not copied onto themselves unchanged, from nowhere, or against a condition', async () => {
    await put('k', 'text')
    const copy = (more: object) =>
      s3.client.send(new CopyObjectCommand({ Bucket: BUCKET, Key: 'k', CopySource: `${BUCKET}/k`, ...more }))
    await expect(copy({})).rejects.toMatchObject(failsWith('InvalidRequest', 400))
    await expect(copy({ CopySource: `${BUCKET}/nothing` })).rejects.toMatchObject(failsWith('NoSuchKey', 404))
    await expect(copy({ CopySource: 'nowhere/k' })).rejects.toMatchObject(failsWith('NoSuchBucket', 404))
    await expect(copy({ Key: 'c', CopySourceIfMatch: '"other"' })).rejects.toMatchObject(
      failsWith('PreconditionFailed', 412),
    )
    await expect(copy({ MetadataDirective: 'REPLACE' })).resolves.toBeDefined()
  })

  it('have tags', async () => {
    await put('k', 'text')
    const TagSet = [{ Key: 'stage', Value: 'raw & new' }]
    await s3.client.send(new PutObjectTaggingCommand({ Bucket: BUCKET, Key: 'k', Tagging: { TagSet } }))
    await s3.restart()
    const tags = () => s3.client.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key: 'k' }))
    expect((await tags()).TagSet).toEqual(TagSet)
    await s3.client.send(new DeleteObjectTaggingCommand({ Bucket: BUCKET, Key: 'k' }))
    expect((await tags()).TagSet ?? []).toEqual([])
    const eleven = Array.from({ length: 11 }, (_, n) => ({ Key: `${n}`, Value: '' }))
    await expect(
      s3.client.send(new PutObjectTaggingCommand({ Bucket: BUCKET, Key: 'k', Tagging: { TagSet: eleven } })),
    ).rejects.toMatchObject(failsWith('InvalidTag', 400))
    expect((await s3.client.send(new GetObjectAclCommand({ Bucket: BUCKET, Key: 'k' }))).Grants).toHaveLength(1)
  })

  it('are deleted many at once, each with its answer', async () => {
    const odd = ['a&b', '<x>', ' ', 'ü', 'a\nb']
    for (const key of odd) await put(key, 'x')
    const Objects = [...odd, 'never-there'].map(Key => ({ Key }))
    const { Deleted, Errors } = await s3.client.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }))
    expect(Deleted?.map(entry => entry.Key)).toEqual(Objects.map(entry => entry.Key))
    expect(Errors).toBeUndefined()
    expect(await keys()).toEqual([])
    await put('k', 'x')
    const Delete = { Quiet: true, Objects: [{ Key: 'k' }, { Key: 'x'.repeat(1025) }] }
    const quiet = await s3.client.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete }))
    expect(quiet.Deleted).toBeUndefined()
    expect(quiet.Errors).toMatchObject([{ Code: 'KeyTooLongError' }])
  })

  it('say what they are without their bytes', async () => {
    await put('k', 'text')
    const ObjectAttributes = ['ETag', 'Checksum', 'ObjectSize', 'StorageClass', 'ObjectParts'] as const
    const found = await s3.client.send(
      new GetObjectAttributesCommand({ Bucket: BUCKET, Key: 'k', ObjectAttributes: [...ObjectAttributes] }),
    )
    expect(found).toMatchObject({
      ETag: '1cb251ec0d568de6a929b520c4aed8d1',
      Checksum: { ChecksumCRC32: 'O4unxw==', ChecksumType: 'FULL_OBJECT' },
      ObjectSize: 4,
      StorageClass: 'STANDARD',
    })
    expect(found.ObjectParts).toBeUndefined()
  })

  it('are the same for the services beside', async () => {
    await put('dims/a.csv', 'one')
    await s3.objects.put(BUCKET, 'dims/b.csv', Buffer.from('three'), 'text/csv')
    expect(await s3.objects.list(BUCKET, 'dims/')).toEqual([
      { key: 'dims/a.csv', sizeBytes: 3 },
      { key: 'dims/b.csv', sizeBytes: 5 },
    ])
    expect(await head('dims/b.csv')).toMatchObject({
      ContentType: 'text/csv',
      ETag: '"35d6d33467aae9a2e3dccb4b6b027878"',
    })
    expect(await s3.objects.locate(BUCKET, 'dims/b.csv')).toMatchObject({ sizeBytes: 5 })
    await s3.objects.delete(BUCKET, 'dims/a.csv')
    expect(await keys()).toEqual(['dims/b.csv'])
    expect(await s3.objects.locate(BUCKET, 'dims/a.csv')).toBeUndefined()
    expect(s3.objects.hasBucket('nowhere')).toBe(false)
    await expect(s3.objects.put('nowhere', 'k', Buffer.from(''))).rejects.toMatchObject({ code: 'NoSuchBucket' })
  })
})
