import { KinesisClient } from '@aws-sdk/client-kinesis'
import { RedshiftDataClient } from '@aws-sdk/client-redshift-data'
import { S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { readPagesQuickly } from './reader/quick-pages.ts'

/** The clients of a job. Address and credentials come from its environment, as on a cluster. */
export interface JobClients {
  kinesis: KinesisClient
  s3: S3Client
  redshiftData: RedshiftDataClient
}

export function createJobClients(region: string): JobClients {
  const requestHandler = new NodeHttpHandler({
    connectionTimeout: 3_000,
    requestTimeout: 60_000,
    httpAgent: { keepAlive: true, maxSockets: 64 },
  })
  const common = { region, requestHandler, maxAttempts: 1 }
  const kinesis = new KinesisClient(common)
  readPagesQuickly(kinesis)
  return {
    kinesis,
    s3: new S3Client({ ...common, forcePathStyle: true }),
    redshiftData: new RedshiftDataClient(common),
  }
}
