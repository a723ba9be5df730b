import { isDeepStrictEqual } from 'node:util'
import { structuredPatch } from 'diff'
import type { DeployedFile, FileChange, FileDiff } from '../../../shared/features/artifacts.ts'

/** Longer texts are not compared line by line: nobody reads it, and a page would have to show it. */
const MOST_BYTES = 512 * 1024
const MOST_LINES = 2_000
const CONTEXT_LINES = 3
const TEXTS = /\.(?:csv|json|py|sh|sql|txt|ya?ml)$/

/** How files differ, by their names, from the ones before to the ones after. */
export function changesOf(before: readonly DeployedFile[], after: readonly DeployedFile[]): FileChange[] {
  const old = new Map(before.map(file => [file.name, file]))
  const now = new Map(after.map(file => [file.name, file]))
  return [...new Set([...old.keys(), ...now.keys()])].sort().map(name => {
    const [one, other] = [contentOf(old.get(name)), contentOf(now.get(name))]
    const state = !one ? 'added' : !other ? 'removed' : isDeepStrictEqual(one, other) ? 'same' : 'changed'
    return { name, source: (now.get(name) ?? old.get(name))?.source ?? '', state, before: one, after: other }
  })
}

const contentOf = (file: DeployedFile | undefined): FileChange['before'] =>
  file ? { sizeBytes: file.sizeBytes, sha256: file.sha256 } : null

/** Why a change is not shown line by line; undefined where it is to be. */
export function noLines({ name, state, before, after }: FileChange): string | undefined {
  if (state === 'same') return 'the same'
  if (!TEXTS.test(name)) return 'is no text'
  const most = Math.max(before?.sizeBytes ?? 0, after?.sizeBytes ?? 0)
  return most > MOST_BYTES ? `is longer than ${MOST_BYTES / 1024} KiB` : undefined
}

/** The lines of a unified diff. */
export function linesOf(change: FileChange, before: string, after: string): Pick<FileDiff, 'lines' | 'why'> {
  const { hunks } = structuredPatch(change.name, change.name, before, after, '', '', { context: CONTEXT_LINES })
  const lines = hunks.flatMap(hunk => [
    `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
    ...hunk.lines,
  ])
  if (lines.length <= MOST_LINES) return { lines, why: null }
  return { lines: lines.slice(0, MOST_LINES), why: `${lines.length - MOST_LINES} more lines are not shown` }
}
