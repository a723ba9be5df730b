import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { recorderIn } from '../../electron/sandbox/server/record.ts'
import { type Checked, checkRequests } from '../fixture/check-requests.ts'
import { temporaryFolder } from '../fixture/sluice.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => folder.remove())

interface Sent {
  scope?: string
  method?: string
  path?: string
  query?: string
  headers?: Record<string, string>
  body?: string | Buffer
}

/** What the check says of these requests, line by line, and its exit code. */
async function check(sent: readonly Sent[]): Promise<Checked> {
  const records = join(folder.path, 'records')
  await mkdir(records, { recursive: true })
  const recorder = recorderIn(records)
  for (const { scope, method = 'POST', path = '/', query = '', headers = {}, body = '' } of sent)
    recorder.write(
      {
        method,
        path,
        query,
        headers: {
          host: '127.0.0.1:4000',
          'user-agent': 'aws-sdk-js/3 app/sluice',
          ...(scope !== undefined && {
            authorization: `AWS4-HMAC-SHA256 Credential=K/20261201/r/${scope}/aws4_request`,
          }),
          ...headers,
        },
      },
      Buffer.from(body),
    )
  return checkRequests(records)
}

const json = (scope: string, target: string, body: unknown, version = '1.1'): Sent => ({
  scope,
  headers: { 'x-amz-target': target, 'content-type': `application/x-amz-json-${version}` },
  body: JSON.stringify(body),
})
const kinesis = (operation: string, body: unknown) => json('kinesis', `Kinesis_20131202.${operation}`, body)
const iam = (form: string): Sent => ({
  scope: 'iam',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: form,
})
const s3 = (method: string, path: string, query = '', more: Partial<Sent> = {}): Sent => ({
  scope: 's3',
  method,
  path,
  query,
  ...more,
})
const record = (key: unknown) => ({ Data: 'aGVsbG8=', PartitionKey: key })
const tagging = (tags: string) => ({
  headers: { 'x-amz-checksum-crc32': 'AAAAAA==', 'content-type': 'application/xml' },
  body: `<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>${tags}</TagSet></Tagging>`,
})
const IAM_VERSION = '2010-05-08'

describe('the check of recorded requests', () => {
  it('names the operations of good requests, of each protocol, and counts them', async () => {
    const { lines, exitCode, called } = await check([
      kinesis('PutRecords', { StreamName: 's', Records: [record('a'), record('b')] }),
      json('elasticmapreduce', 'ElasticMapReduce.ListClusters', { ClusterStates: ['RUNNING'], CreatedAfter: 1.5 }),
      {
        scope: 'monitoring',
        path: '/service/GraniteServiceVersion20100801/operation/ListMetrics',
        headers: { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' },
        body: Buffer.from([0xa1, 0x69, ...Buffer.from('Namespace'), 0x65, ...Buffer.from('AWS/K')]),
      },
      iam(`Action=TagRole&Version=${IAM_VERSION}&RoleName=r&Tags.member.1.Key=k&Tags.member.1.Value=%C3%A4`),
      s3('GET', '/bucket', 'list-type=2&prefix=a%2F&x-id=ListObjectsV2'),
      s3('GET', '/bucket/a/b%20c', 'x-id=GetObject', { headers: { range: 'bytes=0-1' } }),
      s3('PUT', '/bucket/a', 'x-id=CopyObject', { headers: { 'x-amz-copy-source': 'bucket/b' } }),
      s3('PUT', '/bucket/a', 'x-id=PutObject', { headers: { 'x-amz-meta-batch': '7' } }),
      s3('PUT', '/bucket/', 'tagging=', tagging('<Tag><Key>k</Key><Value>v</Value></Tag>')),
      {
        method: 'GET',
        path: '/federation/credentials',
        query: 'account_id=111122223333&role_name=r',
        headers: { 'x-amz-sso_bearer_token': 'secret', 'x-meant-for': 'portal.sso.eu-central-1.amazonaws.com' },
      },
    ])
    expect(lines).toEqual(['10 requests of 10 that were sent were checked: 10 operations of 6 services, 0 problems.'])
    expect(exitCode).toBe(0)
    expect(called.map(({ service, operation }) => `${service} ${operation}`)).toEqual([
      'cloudwatch ListMetrics',
      'emr ListClusters',
      'iam TagRole',
      'kinesis PutRecords',
      's3 CopyObject',
      's3 GetObject',
      's3 ListObjectsV2',
      's3 PutBucketTagging',
      's3 PutObject',
      'sso GetRoleCredentials',
    ])
  })

  it('says of what is wrong how often it was seen, and fails', async () => {
    const sent = kinesis('CreateStream', {})
    expect(await check([sent, sent, kinesis('ListStreams', {})])).toMatchObject({
      exitCode: 1,
      lines: [
        'kinesis CreateStream: StreamName is required and missing (2 requests).',
        '3 requests of 3 that were sent were checked: 2 operations of 1 services, 1 problems.',
      ],
    })
  })

  it('fails where nothing was recorded', async () => {
    expect(await check([])).toEqual({
      exitCode: 1,
      called: [],
      lines: [
        '0 requests of 0 that were sent were checked: 0 operations of 0 services, 0 problems.',
        'Nothing was recorded: the tests must run with SLUICE_RECORD_REQUESTS.',
      ],
    })
  })

  it('reads what a process wrote before it was killed in the middle of a line', async () => {
    await mkdir(join(folder.path, 'records'))
    const line = JSON.stringify({
      kind: 'k',
      nth: 1,
      scope: 'kinesis',
      method: 'POST',
      path: '/',
      query: '',
      headers: { 'x-amz-target': 'Kinesis_20131202.ListStreams', 'content-type': 'application/x-amz-json-1.1' },
    })
    await writeFile(join(folder.path, 'records', 'killed.jsonl'), `${line}\n${line.slice(0, 50)}`)
    expect((await checkRequests(join(folder.path, 'records'))).lines).toEqual([
      '1 requests of 1 that were sent were checked: 1 operations of 1 services, 0 problems.',
    ])
  })
})

const WRONG: readonly [string, Sent, string][] = [
  ['a member that is missing', kinesis('CreateStream', {}), 'kinesis CreateStream: StreamName is required and missing'],
  [
    'a member that no model has',
    kinesis('PutRecords', { StreamName: 's', Records: [{ ...record('a'), Age: 1 }] }),
    'kinesis PutRecords: Records[].Age is no member of PutRecordsRequestEntry',
  ],
  [
    'a member of another type',
    kinesis('CreateStream', { StreamName: 's', ShardCount: '1' }),
    "kinesis CreateStream: ShardCount must be an integer, and is str '1'",
  ],
  [
    'a number below the least',
    kinesis('CreateStream', { StreamName: 's', ShardCount: 0 }),
    'kinesis CreateStream: ShardCount is 0; the least is 1',
  ],
  [
    'a text that is too long',
    kinesis('PutRecords', { StreamName: 's', Records: [record('k'.repeat(257))] }),
    'kinesis PutRecords: Records[].PartitionKey has 257 characters; the most is 256',
  ],
  [
    'too many entries',
    kinesis('PutRecords', { StreamName: 's', Records: Array.from({ length: 501 }, () => record('k')) }),
    'kinesis PutRecords: Records has 501 entries; the most is 500',
  ],
  [
    'a word that is none of the list',
    kinesis('StartStreamEncryption', { StreamName: 's', EncryptionType: 'AES', KeyId: 'alias/aws/kinesis' }),
    "kinesis StartStreamEncryption: EncryptionType is 'AES', which is none of NONE, KMS",
  ],
  [
    'a text that does not match its pattern',
    kinesis('CreateStream', { StreamName: 'a stream' }),
    "kinesis CreateStream: StreamName is 'a stream', which does not match [a-zA-Z0-9_.-]+",
  ],
  [
    'an operation that its service does not have',
    kinesis('ListSheds', {}),
    'kinesis Kinesis_20131202.ListSheds: kinesis has no operation ListSheds',
  ],
  [
    'a service that no model signs for',
    json('kinesys', 'Kinesis_20131202.ListShards', {}),
    'kinesys Kinesis_20131202.ListShards: no service signs its requests as kinesys',
  ],
  [
    'another version of a protocol',
    json('kinesis', 'Kinesis_20131202.ListStreams', {}, '1.0'),
    'kinesis Kinesis_20131202.ListStreams: ListStreams is sent as application/x-amz-json-1.0; its service takes ' +
      'application/x-amz-json-1.1',
  ],
  [
    'a member of a form that no model has',
    iam(`Action=TagRole&Version=${IAM_VERSION}&RoleName=r&Tags.member.1.Key=k&Tags.member.1.Value=v&Tag=x`),
    'iam TagRole: Tag is no member of TagRoleRequest',
  ],
  [
    'a text of a form that Java has a class of characters for',
    iam(`Action=TagRole&Version=${IAM_VERSION}&RoleName=r&Tags.member.1.Key=k!&Tags.member.1.Value=v`),
    "iam TagRole: Tags[].Key is 'k!', which does not match [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
  ],
  [
    'another version of a service',
    iam('Action=GetRole&Version=2010-05-09&RoleName=r'),
    'iam GetRole: the version 2010-05-09 is asked for, and the model is of 2010-05-08',
  ],
  [
    'a parameter of a query that no model has',
    s3('GET', '/bucket', 'list-type=2&sort=size'),
    's3 ListObjectsV2: the parameter sort of its query is no member of its input',
  ],
  [
    'a header that no model has',
    s3('PUT', '/bucket/key', '', { headers: { 'x-amz-colour': 'red' } }),
    's3 PutObject: the header x-amz-colour is no member of its input',
  ],
  [
    'a document with an element that no model has',
    s3('PUT', '/bucket', 'tagging=', tagging('<Tag><Key>k</Key><Value>v</Value><Age>1</Age></Tag>')),
    's3 PutBucketTagging: Tagging.TagSet[].Age is no member of Tag',
  ],
  [
    'a document without the checksum that it must have',
    s3('PUT', '/bucket', 'tagging=', { ...tagging('<Tag><Key>k</Key><Value>v</Value></Tag>'), headers: {} }),
    's3 PutBucketTagging: it must have a checksum of its body, and has none',
  ],
  [
    'an operation that names itself otherwise',
    s3('GET', '/bucket/key', 'x-id=HeadObject'),
    's3 GetObject: it names itself HeadObject in its query',
  ],
  ['a path that no operation has', s3('POST', '/bucket/key', ''), 's3 POST key : s3 has no operation POST /…/…'],
]

describe('the check of recorded requests finds', () => {
  let said: string[]
  beforeAll(async () => {
    folder = await temporaryFolder()
    said = (await check(WRONG.map(([, sent]) => sent))).lines
    await folder.remove()
  })
  it.each(WRONG)('%s', (_, __, sentence) => {
    expect(said).toContain(`${sentence} (1 request).`)
  })

  it('nothing else in them', () => {
    expect(said).toHaveLength(WRONG.length + 1)
  })
})
