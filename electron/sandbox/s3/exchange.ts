import { createHash } from 'node:crypto'
import type { SandboxReply, SandboxRequest } from '../server/exchange.ts'
import type { Bucket } from './bucket.ts'
import type { S3State } from './state.ts'
import { element } from './xml.ts'

/** A request to S3, its address taken apart. */
export interface S3Request {
  state: S3State
  raw: SandboxRequest
  /** Those of the request; of a presigned address also the `x-amz-` ones that went into its query. */
  headers: Readonly<Record<string, string>>
  query: URLSearchParams
  /** Empty when none is named. */
  bucketName: string
  key: string
  /** The bucket named. @throws AwsError `NoSuchBucket`, `InvalidBucketName` */
  bucket(): Bucket
}

export type S3Operation = (request: S3Request) => SandboxReply | Promise<SandboxReply>

export const emptyReply = (status: number, headers: Record<string, string> = {}): SandboxReply => ({ status, headers })

/** The canonical user that owns everything: S3 names an account by 64 hex digits of its own. */
export const owner = ({ state }: S3Request, tag = 'Owner'): string =>
  `<${tag}>${element('ID', createHash('sha256').update(state.options.account).digest('hex'))}</${tag}>`
