import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Started, startSluice, temporaryFolder } from '../fixture/sluice.ts'

const run = promisify(execFile)
const client = (name: string) => fileURLToPath(new URL(`../../.cache/foreign-clients/bin/${name}`, import.meta.url))
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let sandbox: Started
let environment: Record<string, string>

/** The lines that `sluice sandbox` prints are all that a client needs. */
beforeAll(async () => {
  folder = await temporaryFolder()
  sandbox = startSluice(['sandbox', '--data', folder.path])
  const printed = await sandbox.prints('AWS_DEFAULT_REGION')
  const exported = [...printed.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value])
  environment = {
    ...Object.fromEntries(exported),
    PATH: process.env.PATH ?? '',
    HOME: folder.path,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
})
afterAll(async () => {
  sandbox.child.kill('SIGINT')
  expect((await sandbox.finished).exitCode).toBe(0)
  await folder.remove()
})

const aws = async (...args: string[]) => (await run(client('aws'), args, { env: environment, cwd: folder.path })).stdout

describe('the AWS CLI', () => {
  it('makes a bucket, copies, synchronizes, lists and removes, small and in parts', async () => {
    const big = Buffer.alloc(9 * 1024 * 1024, 'sluice ')
    await mkdir(join(folder.path, 'up/deep'), { recursive: true })
    await writeFile(join(folder.path, 'up/big.bin'), big)
    await writeFile(join(folder.path, 'up/deep/ä b+%.txt'), 'hello')
    await aws('s3', 'mb', 's3://cli-bucket')
    await aws('s3', 'sync', 'up', 's3://cli-bucket/up')
    await aws('s3', 'sync', 's3://cli-bucket/up', 'down')
    expect((await readFile(join(folder.path, 'down/big.bin'))).equals(big)).toBe(true)
    expect(await readFile(join(folder.path, 'down/deep/ä b+%.txt'), 'utf8')).toBe('hello')
    expect(await aws('s3', 'ls', 's3://cli-bucket/up/')).toMatch(/PRE deep\/\s[\s\S]*9437184 big\.bin/)
    await aws('s3', 'rm', 's3://cli-bucket', '--recursive')
    await aws('s3', 'rb', 's3://cli-bucket')
    expect(await aws('s3', 'ls')).not.toContain('cli-bucket')
  })

  it('makes a stream, puts a record and reads it back', async () => {
    await aws('kinesis', 'create-stream', '--stream-name', 'cli', '--shard-count', '1')
    await aws('kinesis', 'wait', 'stream-exists', '--stream-name', 'cli')
    await aws('kinesis', 'put-record', '--stream-name', 'cli', '--partition-key', 'k', '--data', 'hello')
    const start = [
      '--stream-name',
      'cli',
      '--shard-id',
      'shardId-000000000000',
      '--shard-iterator-type',
      'TRIM_HORIZON',
    ]
    const { ShardIterator } = JSON.parse(await aws('kinesis', 'get-shard-iterator', ...start)) as {
      ShardIterator: string
    }
    const { Records } = JSON.parse(await aws('kinesis', 'get-records', '--shard-iterator', ShardIterator)) as {
      Records: { Data: string }[]
    }
    expect(Records.map(record => record.Data)).toEqual(['aGVsbG8='])
  })

  it('gets the name of an operation that the sandbox does not know in the error', async () => {
    await expect(aws('s3api', 'get-bucket-cors', '--bucket', 'cli-bucket')).rejects.toThrow(
      /NotImplemented|NoSuchBucket/,
    )
    await expect(aws('emr', 'list-studios')).rejects.toThrow(/NotImplemented[\s\S]*ListStudios/)
  })
})

it('boto3 works with streams, objects, statements, clusters and metrics', async () => {
  const script = fileURLToPath(new URL('boto3_check.py', import.meta.url))
  const { stdout } = await run(client('python'), [script], { env: environment })
  expect(JSON.parse(stdout)).toEqual({
    account: '000000000000',
    failed: 0,
    read: true,
    incoming: 50,
    object: '1,x\n2,y\n',
    status: 'FINISHED',
    rows: [
      [{ longValue: 1 }, { stringValue: 'x' }],
      [{ longValue: 2 }, { stringValue: 'y' }],
    ],
    error: 'ERROR: relation "missing" does not exist',
    clusters: 0,
    unknown: expect.stringMatching(/NotImplemented.*RegisterStreamConsumer/),
  })
})
