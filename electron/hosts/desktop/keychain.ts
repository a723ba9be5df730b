import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { safeStorage } from 'electron'
import { renameDamaged } from '../../../shared/state/damage.ts'
import { replaceFile } from '../../../shared/state/line-log.ts'

const KEY_BYTES = 32

/**
 * This user's key for what core seals: made once, and kept in a file that only the system's keychain opens (Keychain,
 * DPAPI, libsecret or KWallet). Undefined where there is none, for Chromium's own substitute on Linux keeps it in the
 * clear. To be asked when Electron is ready.
 */
export function keyOfKeychain(data: string, log: (line: string) => void): string | undefined {
  if (!safeStorage.isEncryptionAvailable()) return undefined
  if (process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text') return undefined
  const file = join(data, 'core', 'key.sealed')
  try {
    return safeStorage.decryptString(readFileSync(file))
  } catch (error) {
    try {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        const renamed = renameDamaged(file, Date.now())
        log(
          `${file} cannot be opened by this keychain (${String(error)}) and is kept as ${renamed}. A new key is ` +
            'made. Lost: what the old one sealed, the history of queries.',
        )
      }
      const key = randomBytes(KEY_BYTES).toString('base64')
      mkdirSync(join(data, 'core'), { recursive: true })
      replaceFile(file, safeStorage.encryptString(key))
      return key
    } catch (failure) {
      log(`no key can be kept in ${file}, so queries are kept in memory only: ${String(failure)}`)
      return undefined
    }
  }
}
