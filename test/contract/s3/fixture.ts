import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import type { ObjectStore } from '../../../electron/sandbox/s3/object-store.ts'
import { openS3 } from '../../../electron/sandbox/s3/s3.ts'
import { type RawReply, type RawRequest, sendRequest } from '../../fixture/raw-request.ts'
import { presignedPath, signedHeaders } from '../../fixture/signed-request.ts'
import { CREDENTIALS, serveServices } from '../fixture/serve-services.ts'

export const BUCKET = 'orders'

/** One S3 on a folder and a port of its own, that can be stopped and opened again. */
export async function startS3() {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-s3-'))
  const clock = { nowMs: Date.UTC(2026, 10, 21, 12) }
  /** The service logs nothing but its own failures. */
  const logged: string[] = []
  const open = async () => {
    const options = {
      dir,
      account: '000000000000',
      region: 'us-east-1',
      now: () => clock.nowMs,
      log: (line: string) => void logged.push(line),
    }
    const { service, objects } = await openS3(options)
    const served = await serveServices([service])
    const client = new S3Client({
      endpoint: served.endpoint,
      region: 'us-east-1',
      credentials: CREDENTIALS,
      maxAttempts: 1,
    })
    return { served, client, objects }
  }
  let opened = await open()
  return {
    dir,
    clock,
    get client(): S3Client {
      return opened.client
    },
    get objects(): ObjectStore {
      return opened.objects
    },
    get endpoint(): string {
      return opened.served.endpoint
    },
    get crashes(): readonly unknown[] {
      return [...opened.served.crashes, ...logged]
    },
    /** For a test that breaks something on purpose. */
    forgetCrashes: () => void logged.splice(0),
    /** A request as it is, for what no SDK would send. */
    raw: (method: string, path: string, more: RawRequest = {}) =>
      rawRequest(opened.served.endpoint, method, path, more),
    /** The same with the headers that it has, signed or not. */
    sent: (method: string, path: string, more: RawRequest = {}) =>
      sendRequest(opened.served.endpoint, method, path, more),
    /** A presigned address for a request, of the time that S3 has. */
    presigned: (
      method: string,
      path: string,
      {
        expiresIn = 60,
        aheadMs = 0,
        headers = {},
      }: { expiresIn?: number; aheadMs?: number; headers?: Record<string, string> } = {},
    ) =>
      presignedPath(
        { method, path, host: new URL(opened.served.endpoint).host, headers },
        { key: CREDENTIALS, service: 's3', expiresIn, signingDate: new Date(clock.nowMs + aheadMs) },
      ),
    async restart() {
      opened.client.destroy()
      await opened.served.close()
      opened = await open()
    },
    async close() {
      opened.client.destroy()
      await opened.served.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
export type RunningS3 = Awaited<ReturnType<typeof startS3>>

async function rawRequest(endpoint: string, method: string, path: string, more: RawRequest): Promise<RawReply> {
  // A presigned address is signed already.
  if (/[?&](X-Amz-Signature|AWSAccessKeyId)=/.test(path)) return sendRequest(endpoint, method, path, more)
  const request = { method, path, host: new URL(endpoint).host, ...more }
  const headers = await signedHeaders(request, { key: CREDENTIALS, service: 's3' })
  return sendRequest(endpoint, method, path, { ...more, headers })
}

/** What an SDK error has, for `rejects.toMatchObject`. */
export const failsWith = (name: string, status: number) => ({ name, $metadata: { httpStatusCode: status } })
