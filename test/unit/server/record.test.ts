import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SandboxRequest } from '../../../electron/sandbox/server/exchange.ts'
import { recorderIn } from '../../../electron/sandbox/server/record.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-records-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const OURS = 'aws-sdk-js/3.1 ua/2.1 api/kinesis#3.1 m/N,E,e app/sluice'
const request = (change: Partial<SandboxRequest>): SandboxRequest => ({
  id: '1',
  method: 'POST',
  path: '/',
  query: '',
  headers: { 'user-agent': OURS },
  rawHeaders: [],
  body: Readable.from([]),
  signal: new AbortController().signal,
  ...change,
})
const signed = (service: string) => ({
  'user-agent': OURS,
  authorization: `AWS4-HMAC-SHA256 Credential=AKID/20261201/us-east-1/${service}/aws4_request, Signature=abc`,
})
const written = () =>
  readdirSync(folder)
    .flatMap(name => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .map(line => JSON.parse(line))
const bodyOf = ({ body }: { body: string }) => Buffer.from(body, 'base64').toString()

describe('the recorder of requests', () => {
  it('writes what arrives, once its body has passed, and the body goes on as it came', async () => {
    const sent = request({
      query: 'a=b',
      headers: { ...signed('kinesis'), 'x-amz-target': 'Kinesis_20131202.ListShards' },
      body: Readable.from([Buffer.from('{"Stream'), Buffer.from('Name":"s"}')]),
    })
    expect(await text(recorderIn(folder).tap(sent).body)).toBe('{"StreamName":"s"}')
    expect(written()).toMatchObject([{ scope: 'kinesis', method: 'POST', path: '/', query: 'a=b', nth: 1 }])
    expect(bodyOf(written()[0])).toBe('{"StreamName":"s"}')
  })

  it('leaves alone what other clients than Sluice’s own send', () => {
    for (const agent of ['Boto3/1.44.5 app/other', 'aws-sdk-js/3.1', 'app/sluice-not', undefined]) {
      const sent = request({ headers: agent === undefined ? {} : { 'user-agent': agent } })
      expect(recorderIn(folder).tap(sent)).toBe(sent)
    }
    expect(readdirSync(folder)).toEqual([])
  })

  it('leaves out the content of objects, and not the documents of buckets', async () => {
    const recorder = recorderIn(folder)
    const put = (path: string) =>
      text(recorder.tap(request({ method: 'PUT', path, headers: signed('s3'), body: Readable.from(['content']) })).body)
    expect(await put('/bucket/key')).toBe('content')
    expect(await put('/bucket/')).toBe('content')
    expect(written().map(({ path, body }) => [path, body === undefined])).toEqual([
      ['/bucket/key', true],
      ['/bucket/', false],
    ])
  })

  it('writes no signature, no token and no code', () => {
    const recorder = recorderIn(folder)
    const write = (type: string, body: string, headers = {}) =>
      recorder.write(request({ headers: { ...signed('sts'), 'content-type': type, ...headers } }), Buffer.from(body))
    write('application/json', '{"clientSecret":"hid\\"den","refreshToken":"hidden","clientId":"shown"}', {
      'x-amz-security-token': 'hidden',
      'x-amz-sso_bearer_token': 'hidden',
    })
    write('application/x-www-form-urlencoded', 'Action=AssumeRole&TokenCode=123456&RoleArn=shown')
    const [inJson, inForm] = written()
    expect(JSON.stringify(inJson)).not.toMatch(/AKID|abc|hidden/)
    expect(JSON.parse(bodyOf(inJson))).toEqual({
      clientSecret: '0'.repeat(8),
      refreshToken: '0'.repeat(6),
      clientId: 'shown',
    })
    expect(bodyOf(inForm)).toBe('Action=AssumeRole&TokenCode=000000&RoleArn=shown')
  })

  it('writes of each operation its first two megabytes, and then each fiftieth request with its number', () => {
    const recorder = recorderIn(folder)
    const put = request({ headers: { ...signed('kinesis'), 'x-amz-target': 'Kinesis_20131202.PutRecords' } })
    for (let nth = 1; nth <= 120; nth++) recorder.write(put, Buffer.alloc(600_000))
    const list = request({ headers: { ...signed('kinesis'), 'x-amz-target': 'Kinesis_20131202.ListShards' } })
    recorder.write(list, Buffer.from('{}'))
    expect(written().map(({ kind, nth }) => [kind.split('.')[1], nth])).toEqual([
      ['PutRecords', 1],
      ['PutRecords', 2],
      ['PutRecords', 3],
      ['PutRecords', 50],
      ['PutRecords', 100],
      ['ListShards', 1],
    ])
  })
})
