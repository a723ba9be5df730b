import { join } from 'node:path'
import { z } from 'zod'
import { LoggedQuery } from '../../../shared/features/warehouse.ts'
import { refuseOrRename, type StateCare } from '../../../shared/state/damage.ts'
import { readSecretFile, writeSecretFile } from '../secret-file.ts'

const KEPT = 500

/** The statements that were run from here, newest first. */
export interface QueryLog {
  add(query: LoggedQuery): Promise<void>
  list(): Promise<{ queries: LoggedQuery[]; kept: 'sealed' | 'memory' }>
}

/**
 * Statements may name people. They are written only sealed with a key of the system's keychain; without one they are
 * kept in memory, until the program ends.
 */
export function createQueryLog(
  stateDir: string,
  key: Promise<Buffer | undefined>,
  log: (line: string) => void,
  care: StateCare,
): QueryLog {
  const file = join(stateDir, 'warehouse', 'queries.sealed')
  let loading: Promise<LoggedQuery[]> | undefined

  async function load(): Promise<LoggedQuery[]> {
    const secret = await key
    if (!secret) return []
    try {
      return z.array(LoggedQuery).parse(JSON.parse((await readSecretFile(file, secret)) ?? '[]'))
    } catch (error) {
      const sentence = care.trouble(error)
      if (sentence !== undefined) log(`the history of queries cannot be read: ${sentence}`)
      else {
        const reason = error instanceof Error ? error.message : String(error)
        const what = `it cannot be opened with this keychain's key (${reason})`
        refuseOrRename({ file, what, lost: 'the statements that were run from here before' }, care, true)
      }
      return []
    }
  }
  const loaded = () => (loading ??= load())

  return {
    async add(query) {
      const queries = await loaded()
      const again = queries.findIndex(entry => entry.sql === query.sql)
      if (again >= 0) queries.splice(again, 1)
      queries.unshift(query)
      queries.splice(KEPT)
      const secret = await key
      if (!secret) return
      try {
        await writeSecretFile(file, secret, JSON.stringify(queries))
      } catch (error) {
        // The statement ran: that its text is kept only in memory is no failure of it.
        log(`the history of queries is not written: ${care.trouble(error) ?? String(error)}`)
      }
    },
    async list() {
      return { queries: [...(await loaded())], kept: (await key) ? 'sealed' : 'memory' }
    },
  }
}
