import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { isNotFound } from '../errors/expected-error.ts'
import type { AwsClients } from '../targets/clients.ts'

/** The bytes of an object, or undefined when the object or its bucket is not there. */
export async function readObject(
  aws: AwsClients,
  bucket: string,
  key: string,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const { Body } = await aws.s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: key }),
      signal ? { abortSignal: signal } : {},
    )
    return await Body?.transformToByteArray()
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** All keys below a prefix, in order; none when the bucket is not there. */
export async function listKeys(
  aws: AwsClients,
  bucket: string,
  prefix: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const keys: string[] = []
  let token: string | undefined
  try {
    do {
      const page = await aws.s3.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...(token && { ContinuationToken: token }) }),
        signal ? { abortSignal: signal } : {},
      )
      for (const { Key } of page.Contents ?? []) if (Key) keys.push(Key)
      token = page.NextContinuationToken
    } while (token)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  return keys
}
