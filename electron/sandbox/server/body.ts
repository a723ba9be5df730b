import { AwsError } from './aws-error.ts'
import type { SandboxRequest } from './exchange.ts'

/**
 * Reads a whole body into memory.
 * @throws AwsError `RequestEntityTooLarge` (413) when it is longer than `limitBytes`: nothing past the limit is kept.
 * The rest is left to be read by whoever answers: a connection that ended with bytes on their way would take the answer
 * with it.
 */
export async function readBody({ body, received }: SandboxRequest, limitBytes: number): Promise<Buffer> {
  if (received) return received
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limitBytes)
      throw new AwsError('RequestEntityTooLarge', `The request is larger than ${limitBytes} bytes.`, 413)
    chunks.push(chunk)
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length)
}
