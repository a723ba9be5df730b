import { randomBytes } from 'node:crypto'
import { open, readFile, realpath, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { AccessKey } from '../../sandbox/place.ts'
import { sandboxFolder } from '../data-folder.ts'

/**
 * No prefix of AWS's (IAM User Guide, "Unique identifiers"), so that nobody takes the key for one of AWS, nor AWS for
 * one of its own.
 */
const PREFIX = 'SLUICE'
/** As long as AWS's: 20 and 40 characters. */
const ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const ID_LENGTH = 20
const SECRET_BYTES = 30

const KeyFile = z.object({
  accessKeyId: z.string().regex(/^[A-Z0-9]{20}$/),
  secretAccessKey: z.string().regex(/^[\w-]{40}$/),
  /** The folder that it was made for: a copy of the folder is another sandbox, with another key. */
  folder: z.string(),
})

const fileOf = (data: string): string => join(sandboxFolder(data), 'access-key.json')

/**
 * The key of the sandbox on this data folder. It is made when there is none, and when the folder was copied or moved
 * here.
 */
export async function openAccessKey(data: string, log: (line: string) => void): Promise<AccessKey> {
  const folder = await realpath(sandboxFolder(data))
  const found = await readKeyFile(data)
  if (found?.folder === folder) return { accessKeyId: found.accessKeyId, secretAccessKey: found.secretAccessKey }
  if (found)
    log(`the access key of ${found.folder} came with a copy of that folder; this sandbox gets a key of its own`)
  const key = newAccessKey()
  await writeKeyFile(data, { ...key, folder })
  return key
}

/** The key of the sandbox that was started on this data folder. @throws ExpectedError `unavailable` when none was */
export async function readAccessKey(data: string): Promise<AccessKey> {
  const found = await readKeyFile(data)
  if (found && found.folder === (await realpath(sandboxFolder(data))))
    return { accessKeyId: found.accessKeyId, secretAccessKey: found.secretAccessKey }
  throw new ExpectedError({
    code: 'unavailable',
    message: `The sandbox on ${data} has no access key: ${fileOf(data)} is not there, is damaged, or came with a copy.`,
    hint: 'Stop the sandbox and start it again: it makes a key when it starts.',
    retryable: true,
  })
}

/** What the file holds; undefined when it is not there, or holds no key. */
async function readKeyFile(data: string): Promise<z.infer<typeof KeyFile> | undefined> {
  try {
    return KeyFile.safeParse(JSON.parse(await readFile(fileOf(data), 'utf8'))).data
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Only its owner reads it, from its first byte on; a crash leaves the old file or the new one. */
async function writeKeyFile(data: string, content: z.infer<typeof KeyFile>): Promise<void> {
  const path = `${fileOf(data)}.${process.pid}.new`
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(content)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(path, fileOf(data))
}

function newAccessKey(): AccessKey {
  const letters = [...randomBytes(ID_LENGTH - PREFIX.length)].map(byte => ID_LETTERS[byte % ID_LETTERS.length])
  return { accessKeyId: PREFIX + letters.join(''), secretAccessKey: randomBytes(SECRET_BYTES).toString('base64url') }
}
