import { existsSync } from 'node:fs'
import type { z } from 'zod'
import { encodeLines } from './checked-lines.ts'
import { refuseOrRename } from './damage.ts'
import { clearPlace } from './file-place.ts'
import { type LogSpec, readLines, replaceFile } from './line-log.ts'

/** Replaces a file that is one JSON value; its checksum is beside it. A kill leaves the state before or after. */
export const writeJsonFile = (file: string, value: unknown): void =>
  replaceFile(file, encodeLines([JSON.stringify(value)]))

/**
 * The value of such a file, or of one that an older version wrote as JSON alone; undefined when there is none, or when
 * it was damaged and renamed.
 * @throws DamagedState
 */
export function readJsonFile<S extends z.ZodType>(file: string, spec: LogSpec<S>): z.output<S> | undefined {
  clearPlace(file, spec)
  if (!existsSync(file)) return undefined
  const { entries, damage } = readLines(file, spec.schema)
  const [value] = entries
  if (damage === undefined && value !== undefined) return value
  const what = damage ?? 'it ends before its value does'
  refuseOrRename({ file, what, lost: spec.lost }, spec.care, spec.canGoOn)
  return undefined
}
