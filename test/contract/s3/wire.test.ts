import { createHash } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BUCKET, type RunningS3, startS3 } from './fixture.ts'

let s3: RunningS3
beforeEach(async () => {
  s3 = await startS3()
  await s3.raw('PUT', `/${BUCKET}`)
})
afterEach(async () => {
  expect(s3.crashes).toEqual([])
  await s3.close()
})

const BODY = '123456789'
const CRC32 = 'y/Q5Jg=='
const SIGNATURE = `;chunk-signature=${'a'.repeat(64)}`
const target = `/${BUCKET}/k`
const read = async () => (await s3.raw('GET', target)).text
const codeOf = (text: string) => /<Code>(.*?)<\/Code>/.exec(text)?.[1]

/** The body in two chunks, as SDKs send it when they do not know its checksum beforehand. */
const chunked = (mark: string, trailer: string) => `4${mark}\r\n1234\r\n5${mark}\r\n56789\r\n0${mark}\r\n${trailer}\r\n`
const streaming = (kind: string, more: Record<string, string> = {}) => ({
  'x-amz-content-sha256': kind,
  'x-amz-decoded-content-length': String(BODY.length),
  'content-encoding': 'aws-chunked',
  ...more,
})

describe('a client that asks before it sends its body', () => {
  it('is told to go on before it is answered, also while an earlier answer is on its way', async () => {
    await s3.raw('PUT', target, { body: 'x'.repeat(200_000) })
    const { hostname, port } = new URL(s3.endpoint)
    const socket = connect(Number(port), hostname)
    const ask = (method: string, more: string) =>
      `${method} ${target} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x\r\n${more}\r\n`
    let answered = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      answered += text
    })
    socket.write(ask('GET', '') + ask('PUT', `If-None-Match: *\r\nContent-Length: ${BODY.length}\r\nExpect: 100-continue\r\n`))
    const lines = () => answered.match(/HTTP\/1\.1 \d+/g)
    await expect.poll(lines).toEqual(['HTTP/1.1 200', 'HTTP/1.1 100', 'HTTP/1.1 412'])
    socket.write(BODY + ask('GET', 'Range: bytes=0-3\r\n'))
    await expect.poll(lines).toEqual(['HTTP/1.1 200', 'HTTP/1.1 100', 'HTTP/1.1 412', 'HTTP/1.1 206'])
    socket.destroy()
  })
})

describe('a body on the wire', () => {
  it('in unsigned chunks with a checksum in the trailer is taken out of them', async () => {
    const headers = streaming('STREAMING-UNSIGNED-PAYLOAD-TRAILER', { 'x-amz-trailer': 'x-amz-checksum-crc32' })
    const body = chunked('', `x-amz-checksum-crc32:${CRC32}\r\n`)
    const { status, headers: answered } = await s3.raw('PUT', target, { headers, body })
    expect([status, answered['x-amz-checksum-crc32']]).toEqual([200, CRC32])
    const { text, headers: found } = await s3.raw('GET', target, { headers: { 'x-amz-checksum-mode': 'ENABLED' } })
    expect([text, found['x-amz-checksum-crc32'], found['content-encoding']]).toEqual([BODY, CRC32, undefined])
  })

  it('in signed chunks, with and without a trailer, is taken out of them', async () => {
    const plain = { headers: streaming('STREAMING-AWS4-HMAC-SHA256-PAYLOAD'), body: chunked(SIGNATURE, '') }
    expect((await s3.raw('PUT', target, plain)).status).toBe(200)
    expect(await read()).toBe(BODY)
    const headers = streaming('STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', {
      'x-amz-trailer': 'x-amz-checksum-crc32',
      'content-encoding': 'aws-chunked,gzip',
    })
    const trailer = `x-amz-checksum-crc32:${CRC32}\r\nx-amz-trailer-signature:${'b'.repeat(64)}\r\n`
    expect((await s3.raw('PUT', target, { headers, body: chunked(SIGNATURE, trailer) })).status).toBe(200)
    expect((await s3.raw('HEAD', target)).headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': '9' })
  })

  it.each([
    ['a wrong checksum in the trailer', 'x-amz-checksum-crc32:AAAAAA==\r\n', 'BadDigest'],
    ['a trailer that was announced and did not come', '', 'MalformedTrailerError'],
    ['a checksum that cannot be one', 'x-amz-checksum-crc32:abc\r\n', 'InvalidRequest'],
  ])('with %s is refused, and leaves what was there', async (_what, trailer, code) => {
    await s3.raw('PUT', target, { body: 'before' })
    const headers = streaming('STREAMING-UNSIGNED-PAYLOAD-TRAILER', { 'x-amz-trailer': 'x-amz-checksum-crc32' })
    expect(codeOf((await s3.raw('PUT', target, { headers, body: chunked('', trailer) })).text)).toBe(code)
    expect(await read()).toBe('before')
    expect(await readdir(join(s3.dir, 'buckets', BUCKET, 'objects'))).toHaveLength(1)
  })

  it.each([
    ['another MD5', { 'content-md5': createHash('md5').update('x').digest('base64') }, 'BadDigest'],
    ['an MD5 that is none', { 'content-md5': 'abc' }, 'InvalidDigest'],
    ['another SHA-256 in its signature', { 'x-amz-content-sha256': '0'.repeat(64) }, 'XAmzContentSHA256Mismatch'],
    ['two checksums', { 'x-amz-checksum-crc32': CRC32, 'x-amz-checksum-crc32c': '4waSgw==' }, 'InvalidRequest'],
    ['an algorithm and no checksum', { 'x-amz-sdk-checksum-algorithm': 'CRC32' }, 'InvalidRequest'],
    ['fewer bytes than its chunks were to hold', streaming('STREAMING-UNSIGNED-PAYLOAD-TRAILER'), 'IncompleteBody'],
    ['more than 5 GiB', streaming('x', { 'x-amz-decoded-content-length': '5368709121' }), 'EntityTooLarge'],
    ['an unknown storage class', { 'x-amz-storage-class': 'CLOUD' }, 'InvalidStorageClass'],
    ['a key of the customer', { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }, 'NotImplemented'],
    ["somebody else's bucket in mind", { 'x-amz-expected-bucket-owner': '111111111111' }, 'AccessDenied'],
  ])('with %s is refused', async (_what, headers, code) => {
    const body = 'x-amz-decoded-content-length' in headers ? '3\r\nabc\r\n0\r\n\r\n' : BODY
    expect(codeOf((await s3.raw('PUT', target, { headers, body })).text)).toBe(code)
    expect((await s3.raw('GET', target)).status).toBe(404)
  })

  it('of unknown length is refused', async () => {
    const { status, text } = await s3.raw('PUT', target, { headers: { 'transfer-encoding': 'chunked' }, body: BODY })
    expect([status, codeOf(text)]).toEqual([411, 'MissingContentLength'])
  })

  it('of XML is checked too', async () => {
    await s3.raw('PUT', target, { body: BODY })
    const body = '<Delete><Object><Key>k</Key></Object></Delete>'
    const wrong: Record<string, string>[] = [
      { 'x-amz-checksum-crc32': CRC32 },
      { 'content-md5': createHash('md5').update('x').digest('base64') },
    ]
    for (const headers of wrong)
      expect(codeOf((await s3.raw('POST', `/${BUCKET}?delete`, { headers, body })).text)).toBe('BadDigest')
    expect(await read()).toBe(BODY)
  })

  it('waits for 100 Continue where the client does', async () => {
    const headers = { expect: '100-continue', 'content-length': String(BODY.length) }
    expect((await s3.raw('PUT', target, { headers, body: BODY })).status).toBe(200)
    expect(await read()).toBe(BODY)
  })
})

describe('an address', () => {
  it('may have the bucket in front', async () => {
    const headers = { host: `${BUCKET}.localhost` }
    expect((await s3.raw('PUT', '/a/b%20c', { headers, body: BODY })).status).toBe(200)
    expect((await s3.raw('GET', `/${BUCKET}/a/b%20c`)).text).toBe(BODY)
    expect((await s3.raw('GET', '/?list-type=2', { headers })).text).toContain('<Key>a/b c</Key>')
  })

  it('is decoded once, and its dots and slashes are part of the key', async () => {
    for (const path of ['../../etc/passwd', '%2E%2E/x', 'a//b', 'a%252Fb', './.', '%00', '/'])
      expect((await s3.raw('PUT', `/${BUCKET}/${path}`, { body: path })).status).toBe(200)
    const { text } = await s3.raw('GET', `/${BUCKET}?encoding-type=url`)
    const keys = [...text.matchAll(/<Key>(.*?)<\/Key>/g)].map(match => decodeURIComponent(match[1] ?? ''))
    expect(keys.sort()).toEqual(['\0', '../../etc/passwd', '../x', './.', '/', 'a%2Fb', 'a//b'].sort())
    expect(await readdir(s3.dir)).toEqual(['buckets', 'uploads'])
  })

  it('that is not UTF-8 is refused', async () => {
    const { status, text } = await s3.raw('GET', `/${BUCKET}/%ff`)
    expect([status, codeOf(text)]).toEqual([400, 'InvalidURI'])
  })

  it('that is presigned is good until it expires, of either signature', async () => {
    await s3.raw('PUT', target, { body: BODY })
    const date = new Date(s3.clock.nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
    const version4 = (seconds: number) =>
      `${target}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x%2F20261121%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=${date}&X-Amz-Expires=${seconds}&X-Amz-SignedHeaders=host&X-Amz-Signature=00`
    const version2 = `${target}?AWSAccessKeyId=x&Signature=00&Expires=${s3.clock.nowMs / 1000 + 60}`
    for (const address of [version4(60), version2]) expect((await s3.raw('GET', address)).text).toBe(BODY)
    expect(codeOf((await s3.raw('GET', version4(604_801))).text)).toBe('AuthorizationQueryParametersError')
    s3.clock.nowMs += 61_000
    for (const address of [version4(60), version2]) {
      const { status, text } = await s3.raw('GET', address)
      expect([status, codeOf(text)]).toEqual([403, 'AccessDenied'])
      expect(text).toContain('Request has expired')
    }
  })

  it('that is presigned brings the headers that were signed into it', async () => {
    const date = new Date(s3.clock.nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
    const address = `${target}?X-Amz-Date=${date}&X-Amz-Expires=60&X-Amz-Signature=00&x-amz-meta-colour=blue&x-id=PutObject`
    await s3.raw('PUT', address, { body: BODY })
    expect((await s3.raw('HEAD', target)).headers['x-amz-meta-colour']).toBe('blue')
  })
})

describe('an answer', () => {
  it('has ids, and an error its place', async () => {
    const { headers, text } = await s3.raw('GET', `/${BUCKET}/no%26thing`)
    expect(headers['content-type']).toBe('application/xml')
    expect(text).toContain(`<RequestId>${headers['x-amz-request-id']}</RequestId>`)
    expect(text).toContain('<Key>no&#38;thing</Key>')
    expect(headers['x-amz-id-2']).toBeTruthy()
  })

  it('to a HEAD has the length and no body, and an error neither', async () => {
    await s3.raw('PUT', target, { body: BODY })
    const found = await s3.raw('HEAD', target)
    expect([found.status, found.headers['content-length'], found.body.length]).toEqual([200, '9', 0])
    const missing = await s3.raw('HEAD', `/${BUCKET}/nothing`)
    expect([missing.status, missing.body.length]).toEqual([404, 0])
  })

  it('to an XML body past the limit says so', async () => {
    const body = `<Delete>${'<Object><Key>k</Key></Object>'.repeat(300_000)}</Delete>`
    expect(codeOf((await s3.raw('POST', `/${BUCKET}?delete`, { body })).text)).toBe('MaxMessageLengthExceeded')
  })

  it('to what fails inside is InternalError in S3 shape, and the log says why', async () => {
    await rm(join(s3.dir, 'buckets', BUCKET, 'objects'), { recursive: true })
    const { status, text } = await s3.raw('PUT', target, { body: BODY })
    expect([status, codeOf(text)]).toEqual([500, 'InternalError'])
    expect(s3.crashes).toEqual([expect.stringContaining('ENOENT')])
    s3.forgetCrashes()
  })

  it('keeps a read whole while the object is replaced', async () => {
    const old = Buffer.alloc(3_000_000, 'old')
    await s3.raw('PUT', target, { body: old })
    const [reading] = await Promise.all([s3.raw('GET', target), s3.raw('PUT', target, { body: 'new' })])
    expect(reading.body.equals(old) || reading.text === 'new').toBe(true)
    expect(await read()).toBe('new')
    expect(await readdir(join(s3.dir, 'buckets', BUCKET, 'objects'))).toHaveLength(1)
  })
})
