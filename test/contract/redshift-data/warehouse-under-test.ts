import { mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BatchExecuteStatementCommand,
  DescribeStatementCommand,
  ExecuteStatementCommand,
  GetStatementResultCommand,
  RedshiftDataClient,
} from '@aws-sdk/client-redshift-data'
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { openRedshiftData } from '../../../electron/sandbox/redshift-data/redshift-data.ts'
import type { ObjectStore } from '../../../electron/sandbox/s3/object-store.ts'
import { openS3 } from '../../../electron/sandbox/s3/s3.ts'
import { CREDENTIALS, serveServices } from '../fixture/serve-services.ts'

export const PLACE = { ClusterIdentifier: 'sluice', Database: 'dev', DbUser: 'awsuser' }
export const ROLE = "iam_role 'arn:aws:iam::000000000000:role/copy'"
/** A table with a text of eight bytes; its schema is `mart`. */
export const FACT =
  'create table mart.fact (OrderID varchar(8) encode zstd, amount decimal(10,2), placed timestamp) ' +
  'distkey(OrderID) sortkey(placed)'

async function withS3<T>(endpoint: string, work: (s3: S3Client) => Promise<T>): Promise<T> {
  const s3 = new S3Client({ endpoint, region: 'us-east-1', credentials: CREDENTIALS, forcePathStyle: true })
  try {
    return await work(s3)
  } finally {
    s3.destroy()
  }
}

/** A warehouse and its S3 behind a port, fresh for every test of the file. */
export function useWarehouse() {
  let dir = ''
  let served: Awaited<ReturnType<typeof serveServices>>
  let client: RedshiftDataClient
  let objects: ObjectStore
  let aheadMs = 0

  async function open(): Promise<void> {
    const common = {
      account: '000000000000',
      region: 'us-east-1',
      now: () => Date.now() + aheadMs,
      log: () => undefined,
    }
    for (const name of ['s3', 'redshift']) mkdirSync(join(dir, name), { recursive: true })
    const s3 = await openS3({ dir: join(dir, 's3'), ...common })
    objects = s3.objects
    const names = { clusterIdentifier: 'sluice', workgroupName: 'sluice', database: 'dev', dbUser: 'awsuser' }
    const redshift = await openRedshiftData({ dir: join(dir, 'redshift'), objects, ...names, ...common })
    served = await serveServices([redshift, s3.service])
    client = new RedshiftDataClient({ endpoint: served.endpoint, region: 'us-east-1', credentials: CREDENTIALS })
  }
  beforeEach(async () => {
    aheadMs = 0
    dir = await mkdtemp(join(tmpdir(), 'sluice-redshift-'))
    await open()
  })
  afterEach(async () => {
    client.destroy()
    await served.close()
    expect(served.crashes).toEqual([])
    await rm(dir, { recursive: true })
  })

  const ofBucket = <T>(work: (s3: S3Client) => Promise<T>): Promise<T> => withS3(served.endpoint, work)

  const describeStatement = (id: string | undefined) => client.send(new DescribeStatementCommand({ Id: id }))
  const ended = (id: string | undefined) =>
    vi.waitFor(async () => {
      const described = await describeStatement(id)
      expect(['FINISHED', 'FAILED', 'ABORTED']).toContain(described.Status)
      return described
    }, 25_000)
  const start = async (sqls: string[], token?: string) =>
    (
      await client.send(
        new BatchExecuteStatementCommand({ ...PLACE, Sqls: sqls, ...(token && { ClientToken: token }) }),
      )
    ).Id
  const run = async (sql: string, parameters?: { name: string; value: string }[]) =>
    ended(
      (
        await client.send(
          new ExecuteStatementCommand({ ...PLACE, Sql: sql, ...(parameters && { Parameters: parameters }) }),
        )
      ).Id,
    )
  return {
    client: () => client,
    objects: () => objects,
    /** Sets the clock of the sandbox ahead. */
    advance(ms: number): void {
      aheadMs += ms
    },
    describeStatement,
    ended,
    /** Begins a batch and returns its id. */
    start,
    run,
    batch: async (sqls: string[], token?: string) => ended(await start(sqls, token)),
    async rows(sql: string): Promise<unknown[][]> {
      const described = await run(sql)
      expect(described.Error).toBeUndefined()
      const { Records } = await client.send(new GetStatementResultCommand({ Id: described.Id }))
      return (Records ?? []).map(row =>
        row.map(field => (field.isNull ? null : Object.values(field).find(value => value !== undefined))),
      )
    },
    async putObject(key: string, body: Uint8Array | string): Promise<void> {
      if (!objects.hasBucket('bucket')) await ofBucket(s3 => s3.send(new CreateBucketCommand({ Bucket: 'bucket' })))
      await objects.put('bucket', key, Buffer.from(body))
    },
    async getObject(key: string): Promise<Buffer> {
      return ofBucket(async s3 => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key: key }))
        return Buffer.from((await Body?.transformToByteArray()) ?? [])
      })
    },
    async restart(): Promise<void> {
      await served.close()
      await open()
    },
  }
}
