import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { StateCare } from '../../../shared/state/damage.ts'
import { readJsonFile, writeJsonFile } from '../../../shared/state/json-file.ts'

const Kept = z.strictObject({ folders: z.array(z.string()) })

/** The folders of specs that a user added, as a setting of core. */
export function keptFolders(stateDir: string, care: StateCare): { read(): string[]; write(paths: string[]): void } {
  const file = join(stateDir, 'pipeline-folders.json')
  const spec = { schema: Kept, care, lost: 'which folders of pipelines were added', canGoOn: true }
  let folders: string[] | undefined
  return {
    read: () => (folders ??= readJsonFile(file, spec)?.folders ?? []),
    write(paths) {
      mkdirSync(stateDir, { recursive: true })
      writeJsonFile(file, { folders: paths } satisfies z.input<typeof Kept>)
      folders = paths
    },
  }
}
