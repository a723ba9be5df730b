import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runningCrc64nvme } from '../../../electron/sandbox/s3/crc.ts'
import { BUCKET, failsWith, type RunningS3, startS3 } from './fixture.ts'

const MIB = 1024 ** 2
const Key = 'big + file'
const place = { Bucket: BUCKET, Key }

let s3: RunningS3
beforeEach(async () => {
  s3 = await startS3()
  await s3.client.send(new CreateBucketCommand({ Bucket: BUCKET }))
})
afterEach(async () => {
  expect(s3.crashes).toEqual([])
  await s3.close()
})

const start = async (more: Partial<CreateMultipartUploadCommandInput> = {}): Promise<string> =>
  (await s3.client.send(new CreateMultipartUploadCommand({ ...place, ...more }))).UploadId ?? ''

async function send(UploadId: string, PartNumber: number, Body: Uint8Array): Promise<CompletedPart> {
  const { ETag, ChecksumCRC32 } = await s3.client.send(new UploadPartCommand({ ...place, UploadId, PartNumber, Body }))
  return { PartNumber, ETag, ChecksumCRC32 }
}

const complete = (UploadId: string, Parts: CompletedPart[]) =>
  s3.client.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }))

const md5 = (...pieces: Uint8Array[]) => createHash('md5').update(Buffer.concat(pieces)).digest()
const piece = (letter: string, size: number) => Buffer.alloc(size, letter)
const read = async () => {
  const { Body } = await s3.client.send(new GetObjectCommand(place))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

describe('multipart uploads', () => {
  it('make one object of their parts, sent in any order, over a restart', async () => {
    const [a, b, c] = [piece('a', 5 * MIB), piece('b', 6 * MIB), piece('c', 10)]
    const uploadId = await start({ ContentType: 'text/plain', Metadata: { from: 'parts' } })
    const third = await send(uploadId, 30, c)
    const first = await send(uploadId, 1, a)
    await s3.restart()
    const second = await send(uploadId, 2, b)
    const { ETag } = await complete(uploadId, [first, second, third])
    expect(ETag).toBe(`"${md5(md5(a), md5(b), md5(c)).toString('hex')}-3"`)
    await s3.restart()
    expect((await read()).equals(Buffer.concat([a, b, c]))).toBe(true)
    expect(await s3.client.send(new HeadObjectCommand(place))).toMatchObject({
      ContentType: 'text/plain',
      Metadata: { from: 'parts' },
      ContentLength: 11 * MIB + 10,
      ETag,
    })
    const part = await s3.client.send(new GetObjectCommand({ ...place, PartNumber: 3 }))
    expect(part).toMatchObject({
      PartsCount: 3,
      ContentLength: 10,
      ContentRange: `bytes ${11 * MIB}-${11 * MIB + 9}/${11 * MIB + 10}`,
    })
    expect(await part.Body?.transformToString()).toBe('c'.repeat(10))
    await expect(s3.client.send(new GetObjectCommand({ ...place, PartNumber: 4 }))).rejects.toMatchObject(
      failsWith('InvalidPartNumber', 416),
    )
    expect((await s3.client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads).toBeUndefined()
  })

  it('take the last of two parts with one number', async () => {
    const uploadId = await start()
    const old = await send(uploadId, 1, piece('a', 10))
    const part = await send(uploadId, 1, piece('b', 20))
    const files = await readdir(join(s3.dir, 'uploads', uploadId))
    expect(files.filter(name => !name.includes('.'))).toHaveLength(1)
    await expect(complete(uploadId, [old])).rejects.toMatchObject(failsWith('InvalidPart', 400))
    await complete(uploadId, [part])
    expect((await read()).toString()).toBe('b'.repeat(20))
  })

  it('are refused when the parts are not there, not in order, or too small', async () => {
    const uploadId = await start()
    const small = await send(uploadId, 1, piece('a', 100))
    const last = await send(uploadId, 2, piece('b', 100))
    await expect(complete(uploadId, [last, small])).rejects.toMatchObject(failsWith('InvalidPartOrder', 400))
    await expect(complete(uploadId, [small, last])).rejects.toMatchObject(failsWith('EntityTooSmall', 400))
    await expect(complete(uploadId, [{ ...last, PartNumber: 3 }])).rejects.toMatchObject(failsWith('InvalidPart', 400))
    await expect(complete(uploadId, [{ ...small, ETag: '"other"' }])).rejects.toMatchObject(
      failsWith('InvalidPart', 400),
    )
    await expect(complete(uploadId, [])).rejects.toMatchObject(failsWith('MalformedXML', 400))
    await complete(uploadId, [small])
    expect((await read()).toString()).toBe('a'.repeat(100))
  })

  it('are gone once they are aborted or completed', async () => {
    const uploadId = await start()
    const part = await send(uploadId, 1, piece('a', 10))
    await s3.client.send(new AbortMultipartUploadCommand({ ...place, UploadId: uploadId }))
    await expect(send(uploadId, 2, piece('b', 10))).rejects.toMatchObject(failsWith('NoSuchUpload', 404))
    await expect(complete(uploadId, [part])).rejects.toMatchObject(failsWith('NoSuchUpload', 404))
    await expect(s3.client.send(new GetObjectCommand(place))).rejects.toMatchObject(failsWith('NoSuchKey', 404))
    await expect(s3.client.send(new ListPartsCommand({ ...place, UploadId: 'never' }))).rejects.toMatchObject(
      failsWith('NoSuchUpload', 404),
    )
  })

  it('show nothing of themselves before they are complete', async () => {
    const uploadId = await start()
    await send(uploadId, 1, piece('a', 10))
    expect((await s3.client.send(new ListObjectsV2Command({ Bucket: BUCKET }))).Contents).toBeUndefined()
    await s3.client.send(new DeleteBucketCommand({ Bucket: BUCKET }))
    await s3.client.send(new CreateBucketCommand({ Bucket: BUCKET }))
    expect((await s3.client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads).toBeUndefined()
  })

  it('may copy parts of other objects', async () => {
    await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'source', Body: '0123456789' }))
    const UploadId = await start()
    const copy = (CopySourceRange: string) =>
      s3.client.send(
        new UploadPartCopyCommand({
          ...place,
          UploadId,
          PartNumber: 1,
          CopySource: `${BUCKET}/source`,
          CopySourceRange,
        }),
      )
    await expect(copy('bytes=5-10')).rejects.toMatchObject(failsWith('InvalidArgument', 400))
    const { CopyPartResult } = await copy('bytes=2-5')
    await complete(UploadId, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }])
    expect((await read()).toString()).toBe('2345')
  })

  it('list their parts in pages', async () => {
    const UploadId = await start()
    for (const number of [7, 1, 3]) await send(UploadId, number, piece('a', number))
    const page = (PartNumberMarker?: string) =>
      s3.client.send(new ListPartsCommand({ ...place, UploadId, MaxParts: 2, PartNumberMarker }))
    const first = await page()
    expect(first).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '3', Key })
    const second = await page(first.NextPartNumberMarker)
    expect(second.IsTruncated).toBe(false)
    const parts = [...(first.Parts ?? []), ...(second.Parts ?? [])].map(part => [part.PartNumber, part.Size])
    expect(parts).toEqual([
      [1, 1],
      [3, 3],
      [7, 7],
    ])
  })

  it('are listed in pages, by prefix and delimiter, several of one key', async () => {
    const made: string[] = []
    for (const key of ['a/1', 'b', 'b', 'b', 'c/1', 'c/2', 'd']) {
      s3.clock.nowMs += 1_000
      made.push(`${key} ${await start({ Key: key })}`)
    }
    const found: string[] = []
    const prefixes: string[] = []
    let marker: { KeyMarker?: string; UploadIdMarker?: string } = {}
    for (let isMore = true; isMore; ) {
      const page = await s3.client.send(
        new ListMultipartUploadsCommand({ Bucket: BUCKET, MaxUploads: 2, Delimiter: '/', ...marker }),
      )
      found.push(...(page.Uploads ?? []).map(upload => `${upload.Key} ${upload.UploadId}`))
      prefixes.push(...(page.CommonPrefixes ?? []).map(entry => entry.Prefix ?? ''))
      marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
      isMore = page.IsTruncated === true
    }
    expect(prefixes).toEqual(['a/', 'c/'])
    expect(found).toEqual(made.filter(entry => !entry.includes('/')))
  })

  it('have a checksum of the whole when none was asked for', async () => {
    const [a, b] = [piece('a', 5 * MIB), piece('b', 100)]
    const uploadId = await start({ ChecksumAlgorithm: 'CRC64NVME' })
    const parts: CompletedPart[] = []
    for (const [index, Body] of [a, b].entries()) {
      const input = {
        ...place,
        UploadId: uploadId,
        PartNumber: index + 1,
        Body,
        ChecksumAlgorithm: 'CRC64NVME' as const,
      }
      const running = runningCrc64nvme()
      running.update(Body)
      const { ETag } = await s3.client.send(new UploadPartCommand({ ...input, ChecksumCRC64NVME: running.digest() }))
      parts.push({ PartNumber: index + 1, ETag })
    }
    await complete(uploadId, parts)
    const whole = runningCrc64nvme()
    whole.update(Buffer.concat([a, b]))
    expect(await s3.client.send(new HeadObjectCommand({ ...place, ChecksumMode: 'ENABLED' }))).toMatchObject({
      ChecksumCRC64NVME: whole.digest(),
      ChecksumType: 'FULL_OBJECT',
    })
  })

  it('are checked against the checksum and the size of the whole', async () => {
    const body = Buffer.from('123456789')
    const UploadId = await start({ ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' })
    const part = await send(UploadId, 1, body)
    const finish = (more: object) =>
      s3.client.send(
        new CompleteMultipartUploadCommand({
          ...place,
          UploadId,
          MultipartUpload: { Parts: [part] },
          ChecksumType: 'FULL_OBJECT',
          ...more,
        }),
      )
    await expect(finish({ ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject(failsWith('BadDigest', 400))
    await expect(finish({ MpuObjectSize: 8 })).rejects.toMatchObject(failsWith('InvalidRequest', 400))
    await expect(finish({ ChecksumType: 'COMPOSITE' })).rejects.toMatchObject(failsWith('InvalidRequest', 400))
    expect(await finish({ ChecksumCRC32: 'y/Q5Jg==', MpuObjectSize: 9 })).toMatchObject({
      ChecksumCRC32: 'y/Q5Jg==',
      ChecksumType: 'FULL_OBJECT',
    })
  })

  it('have a checksum of their checksums when it is asked for', async () => {
    const [a, b] = [piece('a', 5 * MIB), piece('b', 100)]
    const sha256 = (...pieces: Uint8Array[]) => createHash('sha256').update(Buffer.concat(pieces)).digest()
    const uploadId = await start({ ChecksumAlgorithm: 'SHA256' })
    const parts: CompletedPart[] = []
    for (const [index, Body] of [a, b].entries()) {
      const ChecksumSHA256 = sha256(Body).toString('base64')
      const part = { PartNumber: index + 1, ChecksumSHA256 }
      const { ETag } = await s3.client.send(new UploadPartCommand({ ...place, UploadId: uploadId, ...part, Body }))
      parts.push({ ...part, ETag })
    }
    await expect(
      complete(
        uploadId,
        parts.map(({ ChecksumSHA256: _left, ...part }) => part),
      ),
    ).rejects.toMatchObject(failsWith('InvalidRequest', 400))
    const expected = `${sha256(sha256(a), sha256(b)).toString('base64')}-2`
    expect(await complete(uploadId, parts)).toMatchObject({ ChecksumSHA256: expected, ChecksumType: 'COMPOSITE' })
    expect(await s3.client.send(new HeadObjectCommand({ ...place, ChecksumMode: 'ENABLED' }))).toMatchObject({
      ChecksumSHA256: expected,
      ChecksumType: 'COMPOSITE',
    })
  })
})
