import type { Readable } from 'node:stream'
import type { AwsError } from './aws-error.ts'
import type { ChunkSigning } from './signature/chunk-signatures.ts'

/** One HTTP request, the same for HTTP/1.1 and HTTP/2. */
export interface SandboxRequest {
  /** Given back as `x-amzn-requestid` / `x-amz-request-id`. */
  id: string
  method: string
  /** As it came on the wire: still percent-encoded, without the query. */
  path: string
  /** As it came on the wire, without the question mark. */
  query: string
  /** Names in lower case; a repeated header is joined by a comma. */
  headers: Readonly<Record<string, string>>
  /** Name, value, name, value ... as they came, repeated headers apart. */
  rawHeaders: readonly string[]
  body: Readable
  /** The whole body, where it was read to check the signature. */
  received?: Buffer
  /** What the chunks of the body must be signed with, where signatures are checked. */
  chunkSigning?: ChunkSigning
  /** Aborts when the client goes away before the reply is complete. */
  signal: AbortSignal
}

/** `body` as a stream is piped; as text or bytes it is sent with its length. */
export interface SandboxReply {
  status: number
  headers: Record<string, string>
  body?: string | Uint8Array | Readable
}

/** How a service speaks, and so in what words it refuses. */
export type SandboxProtocol = 'json' | 'query' | 's3'

/** What is refused before any service is found: a sentence, for the person who reads it. */
export const plainRefusal = (sentence: string, status = 403): SandboxReply => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `${sentence}\n`,
})

/** One AWS service of the sandbox. The router finds it by what it claims. */
export interface SandboxService {
  /**
   * The name in the credential scope of a signature: `kinesis`, `s3`, `elasticmapreduce`, `redshift-data`, `iam`,
   * `sts`, `monitoring`.
   */
  signingName: string
  /** `X-Amz-Target: <prefix>.<Operation>`, also the service in `/service/<prefix>/operation/<Operation>`. */
  targetPrefix?: string
  protocol: SandboxProtocol
  /** The longest body that it reads as a whole. */
  limitBytes: number
  handle(request: SandboxRequest): Promise<SandboxReply>
  /** Says in the service's own words why a request is not let in. */
  refuse(request: SandboxRequest, error: AwsError): SandboxReply
  /** Stops timers and writes what is pending; called once when the sandbox stops. */
  close?(): Promise<void>
}
