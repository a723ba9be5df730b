import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { replaceFile } from '../../shared/state/line-log.ts'

/** AES-256-GCM: 12 bytes of nonce, 16 of tag, then the text. */
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Writes a text so that only who has the key (32 bytes) reads it; the old file stays whole until the new one is. */
export async function writeSecretFile(path: string, key: Buffer, text: string): Promise<void> {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  await mkdir(dirname(path), { recursive: true })
  replaceFile(path, Buffer.concat([nonce, cipher.getAuthTag(), sealed]))
}

/**
 * The text of such a file; undefined when there is none. @throws Error when the key is another one, or the file was
 * changed
 */
export async function readSecretFile(path: string, key: Buffer): Promise<string | undefined> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!bytes) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
}
