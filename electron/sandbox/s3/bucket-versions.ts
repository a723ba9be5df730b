import { z } from 'zod'
import { type SortedKeys, sortedKeys } from './sorted-keys.ts'
import { Version } from './version.ts'

/** A line of a bucket's index. */
export const IndexLine = z.discriminatedUnion('t', [
  z.object({ t: z.literal('put'), version: Version }),
  z.object({ t: z.literal('remove'), key: z.string(), versionId: z.string() }),
])
export type IndexLine = z.output<typeof IndexLine>

/** The versions of a bucket's objects, as the lines of its index say. */
export interface BucketVersions {
  apply(line: IndexLine): void
  /** Oldest first. */
  of(key: string): readonly Version[]
  all(): Version[]
  count(): number
  /** Keys that have any version, in the order of their UTF-8 bytes. */
  sortedKeys(): readonly string[]
  isEmpty(): boolean
}

export function createBucketVersions(): BucketVersions {
  const byKey = new Map<string, Version[]>()
  /** Not kept while the log is read: sorting once is faster. */
  let sorted: SortedKeys | undefined
  let count = 0

  function set(key: string, before: Version[] | undefined, after: Version[]): void {
    count += after.length - (before?.length ?? 0)
    if (after.length > 0) byKey.set(key, after)
    else byKey.delete(key)
    if (!before && after.length > 0) sorted?.add(key)
    if (before && after.length === 0) sorted?.delete(key)
  }

  return {
    apply(line) {
      const key = line.t === 'put' ? line.version.key : line.key
      const known = byKey.get(key)
      if (line.t === 'put') {
        const { version } = line
        // New tags of a version: a line with the same file.
        const sameFile =
          known?.findIndex(entry => entry.versionId === version.versionId && entry.file === version.file) ?? -1
        if (known && sameFile >= 0 && version.file !== undefined) known[sameFile] = version
        else set(key, known, [...(known ?? []).filter(entry => entry.versionId !== version.versionId), version])
      } else if (known) {
        const left = known.filter(entry => entry.versionId !== line.versionId)
        set(key, known, left)
      }
    },
    of: key => byKey.get(key) ?? [],
    all: () => [...byKey.values()].flat(),
    count: () => count,
    sortedKeys() {
      sorted ??= sortedKeys(byKey.keys())
      return sorted.all()
    },
    isEmpty: () => byKey.size === 0,
  }
}
