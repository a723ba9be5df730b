import { existsSync, readFileSync } from 'node:fs'
import { SPARK_PROCESSES, type SparkProcess, sparkProcesses } from '../../fixture/spark-processes.ts'

/** What all processes of a kind took together, when that was most. PSS counts what processes share once. */
export interface MemoryUse {
  what: SparkProcess | 'everything'
  pssBytes: number
  rssBytes: number
  processes: number
}

const EVERY_MS = 500

/** Samples the memory of a step's processes until it is stopped. Linux only: elsewhere there is nothing to see. */
export function watchMemory(stepId: string): { stop(): MemoryUse[] } {
  const most = new Map<MemoryUse['what'], MemoryUse>()
  const keep = (use: MemoryUse) => {
    if (use.pssBytes > (most.get(use.what)?.pssBytes ?? 0)) most.set(use.what, use)
  }
  const check = () => {
    const total: MemoryUse = { what: 'everything', pssBytes: 0, rssBytes: 0, processes: 0 }
    for (const [what, pids] of sparkProcesses(stepId)) {
      const use: MemoryUse = { what, pssBytes: 0, rssBytes: 0, processes: pids.length }
      for (const pid of pids) {
        const { pssBytes, rssBytes } = memoryOf(pid)
        use.pssBytes += pssBytes
        use.rssBytes += rssBytes
      }
      keep(use)
      total.pssBytes += use.pssBytes
      total.rssBytes += use.rssBytes
      total.processes += use.processes
    }
    keep(total)
  }
  const timer = existsSync('/proc/self/smaps_rollup') ? setInterval(check, EVERY_MS) : undefined
  return {
    stop() {
      clearInterval(timer)
      return [...SPARK_PROCESSES, 'everything' as const].flatMap(what => most.get(what) ?? [])
    },
  }
}

/** Of a process that has ended meanwhile, nothing. */
function memoryOf(pid: number): { pssBytes: number; rssBytes: number } {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
    const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0)
    return { pssBytes: kib('Pss') * 1024, rssBytes: kib('Rss') * 1024 }
  } catch (error) {
    if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    return { pssBytes: 0, rssBytes: 0 }
  }
}
