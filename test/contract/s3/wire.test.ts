import { createHash, createHmac } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signedChunks, signedHeaders } from '../../fixture/signed-request.ts'
import { CREDENTIALS } from '../fixture/serve-services.ts'
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
  it('gets 100 Continue before it is answered, also while an earlier answer is on its way', async () => {
    await s3.raw('PUT', target, { body: 'x'.repeat(200_000) })
    const { hostname, port } = new URL(s3.endpoint)
    const socket = connect(Number(port), hostname)
    const ask = async (method: string, more: string) => {
      const unsigned = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
      const request = { method, path: target, host: `${hostname}:${port}`, headers: unsigned }
      const headers = Object.entries(await signedHeaders(request, { key: CREDENTIALS, service: 's3' }))
      return (
        `${method} ${target} ` +
        `HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}${more}\r\n`
      )
    }
    let answered = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      answered += text
    })
    socket.write(
      (await ask('GET', '')) +
        (await ask('PUT', `If-None-Match: *\r\nContent-Length: ${BODY.length}\r\nExpect: 100-continue\r\n`)),
    )
    const lines = () => answered.match(/HTTP\/1\.1 \d+/g)
    await expect.poll(lines).toEqual(['HTTP/1.1 200', 'HTTP/1.1 100', 'HTTP/1.1 412'])
    socket.write(BODY + (await ask('GET', 'Range: bytes=0-3\r\n')))
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

  it('in signed chunks, with and without a trailer, is taken out of them where each chunk is signed', async () => {
    const put = async (
      kind: string,
      trailer: Record<string, string>,
      change: (body: string) => string = body => body,
    ) => {
      const headers = streaming(
        kind,
        Object.keys(trailer).length > 0 ? { 'x-amz-trailer': Object.keys(trailer).join() } : {},
      )
      const host = new URL(s3.endpoint).host
      const signed = await signedHeaders(
        { method: 'PUT', path: target, host, headers },
        { key: CREDENTIALS, service: 's3' },
      )
      const body = change(signedChunks(['1234', '56789'], { headers: signed, key: CREDENTIALS, trailer }))
      return s3.sent('PUT', target, { headers: signed, body })
    }
    const plain = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
    expect((await put(plain, {})).status).toBe(200)
    expect(await read()).toBe(BODY)
    await s3.raw('DELETE', target)
    const withTrailer = `${plain}-TRAILER`
    expect((await put(withTrailer, { 'x-amz-checksum-crc32': CRC32 })).status).toBe(200)
    expect(await read()).toBe(BODY)
    await s3.raw('DELETE', target)
    const changes: [string, (body: string) => string][] = [
      ['a byte of a chunk is another one', body => body.replace('1234', '1235')],
      ['two chunks are exchanged', body => body.replace(/^(4;.*\r\n1234\r\n)(5;.*\r\n56789\r\n)/, '$2$1')],
      ['a chunk has no signature', body => body.replace(/5;chunk-signature=\w+/, '5')],
      [
        'the last chunk has the signature of another',
        body => body.replace(/0;chunk-signature=\w+/, `0;chunk-signature=${'a'.repeat(64)}`),
      ],
      ['the trailer has another signature', body => body.replace(/(trailer-signature:)\w+/, `$1${'a'.repeat(64)}`)],
      ['the trailer has no signature', body => body.replace(/x-amz-trailer-signature:\w+\r\n/, '')],
    ]
    for (const [what, change] of changes)
      expect([what, codeOf((await put(withTrailer, { 'x-amz-checksum-crc32': CRC32 }, change)).text)]).toEqual([
        what,
        'SignatureDoesNotMatch',
      ])
    expect((await s3.raw('GET', target)).status).toBe(404)
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
    [
      'more than 5 GiB',
      streaming('STREAMING-UNSIGNED-PAYLOAD-TRAILER', { 'x-amz-decoded-content-length': '5368709121' }),
      'EntityTooLarge',
    ],
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

  it('that is presigned is good from its time until it expires, of either signature', async () => {
    await s3.raw('PUT', target, { body: BODY })
    const version4 = (expiresIn: number, aheadMs = 0) => s3.presigned('GET', target, { expiresIn, aheadMs })
    const untilSeconds = s3.clock.nowMs / 1000 + 60
    const text = `GET\n\n\n${untilSeconds}\n${target}`
    const signature = createHmac('sha1', CREDENTIALS.secretAccessKey).update(text).digest('base64')
    const version2 =
      `${target}?AWSAccessKeyId=${CREDENTIALS.accessKeyId}&Signature=${encodeURIComponent(signature)}` +
      `&Expires=${untilSeconds}`
    const addresses = [await version4(60), version2]
    for (const address of addresses) expect((await s3.raw('GET', address)).text).toBe(BODY)
    for (const address of addresses) {
      const { status, text: refused } = await s3.raw('GET', address.replace('/k?', '/other?'))
      expect([status, codeOf(refused)]).toEqual([403, 'SignatureDoesNotMatch'])
    }
    const early = await s3.raw('GET', await version4(60, 16 * 60_000))
    expect([early.status, early.text]).toEqual([403, expect.stringContaining('Request is not valid yet')])
    s3.clock.nowMs += 61_000
    for (const address of addresses) {
      const { status, text: refused } = await s3.raw('GET', address)
      expect([status, codeOf(refused)]).toEqual([403, 'AccessDenied'])
      expect(refused).toContain('Request has expired')
    }
  })

  it('that is presigned says how long it is good for, a week at most', async () => {
    const address = (await s3.presigned('GET', target)).replace('X-Amz-Expires=60', 'X-Amz-Expires=604801')
    expect(codeOf((await s3.raw('GET', address)).text)).toMatch(
      /SignatureDoesNotMatch|AuthorizationQueryParametersError/,
    )
    const without = (await s3.presigned('GET', target)).replace('X-Amz-Expires=60', 'X-Amz-Expires=')
    expect(codeOf((await s3.raw('GET', without)).text)).toBe('AuthorizationQueryParametersError')
  })

  it('that is presigned brings the headers that were signed into it', async () => {
    const address = await s3.presigned('PUT', `${target}?x-id=PutObject`, { headers: { 'x-amz-meta-colour': 'blue' } })
    expect((await s3.raw('PUT', address, { body: BODY })).status).toBe(200)
    expect((await s3.raw('HEAD', target)).headers['x-amz-meta-colour']).toBe('blue')
  })

  it('that is presigned for one body takes no other', async () => {
    const sha256 = createHash('sha256').update(BODY).digest('hex')
    const address = await s3.presigned('PUT', target, { headers: { 'x-amz-content-sha256': sha256 } })
    expect(codeOf((await s3.raw('PUT', address, { body: 'another' })).text)).toBe('XAmzContentSHA256Mismatch')
    expect((await s3.raw('PUT', address, { body: BODY })).status).toBe(200)
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
