import { readFileSync } from 'node:fs'

/** A process and what it took of memory while it lived. */
export interface Lifetime {
  role: string
  pid: number
  seconds: number
  /** Resident, once it had settled. */
  fromBytes: number
  toBytes: number
  mostBytes: number
}

/** A process that starts loads its code first. */
const SETTLED_MS = 10_000

/** Samples the memory of processes from time to time. Needs /proc. */
export function createMemory(now: () => number) {
  const seen = new Map<number, Lifetime & { sinceMs: number }>()
  return {
    sample(processes: readonly { role: string; pid: number | undefined }[]): void {
      for (const { role, pid } of processes) {
        const bytes = pid === undefined ? undefined : residentBytes(pid)
        if (pid === undefined || bytes === undefined) continue
        const entry = seen.get(pid)
        if (entry?.role !== role) {
          seen.set(pid, { role, pid, seconds: 0, fromBytes: bytes, toBytes: bytes, mostBytes: bytes, sinceMs: now() })
          continue
        }
        const ageMs = now() - entry.sinceMs
        entry.seconds = Math.round(ageMs / 1_000)
        if (ageMs < SETTLED_MS) entry.fromBytes = bytes
        entry.toBytes = bytes
        entry.mostBytes = Math.max(entry.mostBytes, bytes)
      }
    },
    /** Of each role the process that lived longest: what it grew by is what would be a leak. */
    oldest(): Lifetime[] {
      const byRole = new Map<string, Lifetime>()
      for (const { sinceMs: _, ...entry } of seen.values())
        if (entry.seconds >= (byRole.get(entry.role)?.seconds ?? -1)) byRole.set(entry.role, entry)
      return [...byRole.values()]
    },
    /** The most that any process of a role took. */
    most: (role: string): number =>
      Math.max(0, ...[...seen.values()].filter(entry => entry.role === role).map(entry => entry.mostBytes)),
    processes: (): number => seen.size,
  }
}

/** proc(5), /proc/PID/status: VmRSS. Undefined when the process has ended. */
function residentBytes(pid: number): number | undefined {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
