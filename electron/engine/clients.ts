import { S3Client } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { APP_ID } from '../../shared/app-id.ts'

/** What every client of a job is made with. Address and credentials come from its environment, as on a cluster. */
export interface ClientSettings {
  region: string
  requestHandler: NodeHttpHandler
  maxAttempts: number
  userAgentAppId: string
}

export const clientSettings = (region: string): ClientSettings => ({
  region,
  requestHandler: new NodeHttpHandler({
    connectionTimeout: 3_000,
    requestTimeout: 60_000,
    httpAgent: { keepAlive: true, maxSockets: 64 },
  }),
  maxAttempts: 1,
  userAgentAppId: APP_ID,
})

export const s3Client = (settings: ClientSettings): S3Client => new S3Client({ ...settings, forcePathStyle: true })
