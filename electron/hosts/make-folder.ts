import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ExpectedError } from '../../shared/rpc/contract.ts'
import { diskSentence, diskTrouble } from '../../shared/state/disk-trouble.ts'

/**
 * Makes a folder, for this user only, and those above it that are missing. Node's recursive mkdir is not used: below a
 * read-only mount it reports ENOENT, and below /proc it does not return.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const found = await kindOf(path)
    if (found === 'folder') return
    if (found === 'other') throw notAFolder(path)
    const parent = dirname(path)
    if (code !== 'ENOENT' || parent === path || (await kindOf(parent)) !== 'missing') throw error
    await makeFolder(parent)
    await makeFolder(path)
  }
}

async function kindOf(path: string): Promise<'folder' | 'other' | 'missing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'other'
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 'missing'
    throw error
  }
}

export const notAFolder = (path: string): ExpectedError =>
  new ExpectedError({
    code: 'invalid_input',
    message: `${path} is a file, not a folder.`,
    hint: 'Name a folder with --data.',
    retryable: false,
  })

/** Why a data folder cannot be used, as what its user reads; other errors come back as they are. */
export function folderRefusal(error: unknown, data: string): unknown {
  if (!(error instanceof Error) || error instanceof ExpectedError) return error
  const { code, path } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  const trouble = diskTrouble(error)
  if (trouble)
    return new ExpectedError(
      {
        code: trouble.kind === 'denied' ? 'access_denied' : 'unavailable',
        message: 'The data folder cannot be used.',
        hint: diskSentence(trouble, data),
        retryable: trouble.kind !== 'denied' && trouble.kind !== 'read-only',
      },
      { cause: error },
    )
  const message =
    code === 'ENOTDIR'
      ? `${data} cannot be a folder: a part of its path is a file.`
      : code === 'ENOENT'
        ? `The folder ${path ?? data} cannot be made: ${dirname(path ?? data)} takes no new folder (${code}).`
        : `The data folder ${data} cannot be used: ${error.message}`
  return new ExpectedError(
    { code: 'unavailable', message, hint: 'Name another folder with --data.', retryable: false },
    { cause: error },
  )
}
