import type { Readable } from 'node:stream'

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
  body: Readable
  /** Aborts when the client goes away before the reply is complete. */
  signal: AbortSignal
}

/** `body` as a stream is piped; as text or bytes it is sent with its length. */
export interface SandboxReply {
  status: number
  headers: Record<string, string>
  body?: string | Uint8Array | Readable
}

/** One AWS service of the sandbox. The router finds it by what it claims. */
export interface SandboxService {
  /** The name in the credential scope of a signature: `kinesis`, `s3`, `elasticmapreduce`, `redshift-data`, `iam`, `sts`, `monitoring`. */
  signingName: string
  /** `X-Amz-Target: <prefix>.<Operation>`, also the service in `/service/<prefix>/operation/<Operation>`. */
  targetPrefix?: string
  handle(request: SandboxRequest): Promise<SandboxReply>
  /** Stops timers and writes what is pending; called once when the sandbox stops. */
  close?(): Promise<void>
}
