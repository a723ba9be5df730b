import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { safeStorage } from 'electron'

const KEY_BYTES = 32

/**
 * This user's key for what core seals: made once, and kept in a file that only the system's keychain opens (Keychain, DPAPI, libsecret or KWallet).
 * Undefined where there is none, for Chromium's own substitute on Linux keeps it in the clear. To be asked when Electron is ready.
 */
export function keyOfKeychain(data: string, log: (line: string) => void): string | undefined {
  if (!safeStorage.isEncryptionAvailable()) return undefined
  if (process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text') return undefined
  const file = join(data, 'core', 'key.sealed')
  try {
    return safeStorage.decryptString(readFileSync(file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log(`the key in ${file} cannot be opened by this keychain, and a new one is made: ${String(error)}`)
    const key = randomBytes(KEY_BYTES).toString('base64')
    mkdirSync(join(data, 'core'), { recursive: true })
    writeFileSync(file, safeStorage.encryptString(key), { mode: 0o600 })
    return key
  }
}
