import * as cborg from 'cborg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { ACCESS_KEY, openSandboxHere } from '../../fixture/open-core.ts'
import { sendRequest } from '../../fixture/raw-request.ts'
import { signedHeaders } from '../../fixture/signed-request.ts'
import { waiting } from '../../fixture/waiting.ts'
import { CALLS, type Call, overHttp1, signCall } from './server-under-test.ts'

let sandbox: Awaited<ReturnType<typeof openSandboxHere>>
beforeAll(async () => {
  sandbox = await openSandboxHere()
  await json('kinesis', 'Kinesis_20131202.CreateStream', { StreamName: 's', ShardCount: 1 })
  await vi.waitFor(async () => {
    const described = await json('kinesis', 'Kinesis_20131202.DescribeStreamSummary', { StreamName: 's' })
    expect(described.text).toContain('ACTIVE')
  }, waiting)
})
afterAll(() => sandbox.close())

async function send(service: string, headers: Record<string, string>, body: string | Uint8Array) {
  const host = new URL(sandbox.endpoint).host
  const signed = await signedHeaders({ method: 'POST', path: '/', host, headers, body }, { key: ACCESS_KEY, service })
  return sendRequest(sandbox.endpoint, 'POST', '/', { headers: signed, body })
}
const json = (service: string, target: string, input: unknown) =>
  send(
    service,
    { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' },
    typeof input === 'string' ? input : JSON.stringify(input),
  )

const iterator = (...parts: unknown[]) => ({ ShardIterator: Buffer.from(JSON.stringify(parts)).toString('base64') })
const PLACE = { ClusterIdentifier: 'sluice', Database: 'dev', DbUser: 'awsuser' }

it.each([
  [
    'an explicit hash key that is a structure',
    'kinesis',
    'Kinesis_20131202.PutRecord',
    { StreamName: 's', PartitionKey: 'k', Data: '', ExplicitHashKey: { toString: 1 } },
  ],
  [
    'an iterator of a time that is none',
    'kinesis',
    'Kinesis_20131202.GetRecords',
    iterator(1, 's', 0, 'shardId-000000000000', 0, -1e300),
  ],
  ['an iterator that is a text', 'kinesis', 'Kinesis_20131202.GetRecords', { ShardIterator: 'x' }],
  ['a list where a structure must be', 'kinesis', 'Kinesis_20131202.PutRecords', '[]'],
  ['a number where a structure must be', 'kinesis', 'Kinesis_20131202.PutRecords', '1'],
  ['lists in lists to no end', 'kinesis', 'Kinesis_20131202.PutRecords', '['.repeat(1_000_000)],
  [
    'lists in lists that end',
    'kinesis',
    'Kinesis_20131202.PutRecords',
    `{"Records":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
  ],
  [
    'a character of no text in a pattern',
    'redshift-data',
    'RedshiftData.DescribeTable',
    { ...PLACE, Table: 'a\0b', Schema: "'" },
  ],
  [
    'a character of no text in another pattern',
    'redshift-data',
    'RedshiftData.ListTables',
    { ...PLACE, SchemaPattern: "\0'" },
  ],
])('%s is refused with 400, in the shape of the service', async (_what, service, target, input) => {
  const { status, headers, text } = await json(service, target, input)
  expect([status, headers['x-amzn-errortype'], text]).toEqual([
    400,
    expect.stringMatching(/Exception$/),
    expect.stringContaining('__type'),
  ])
})

it.each([
  ['arrays in arrays to no end', Buffer.alloc(100_000, 0x81)],
  ['an array that is longer than the body', Buffer.from([0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
  [
    'bytes that are longer than the body',
    Buffer.from([0xa1, 0x61, 0x61, 0x5b, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
  ],
  ['a map without end', Buffer.from([0xbf])],
  ['something behind it', Buffer.concat([cborg.encode({}), Buffer.from([0])])],
])('CBOR with %s is refused with 400', async (_what, body) => {
  const headers = { 'x-amz-target': 'Kinesis_20131202.PutRecords', 'content-type': 'application/x-amz-cbor-1.1' }
  const { status, headers: answered } = await send('kinesis', headers, body)
  expect([status, answered['x-amzn-errortype']]).toEqual([400, 'SerializationException'])
})

it.each(CALLS.filter(call => call.service !== 's3').map(call => [call.service, call] as const))(
  'a body of %s that is longer than any request of its clients is refused with 413, and no more of it is kept',
  async (_service, call: Call) => {
    const long = { ...call, body: ' '.repeat(21 * 1024 * 1024) }
    const { status } = await overHttp1(sandbox.endpoint, { ...long, headers: await signCall(sandbox.endpoint, long) })
    expect(status).toBe(413)
  },
)
