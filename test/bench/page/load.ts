import { join } from 'node:path'
import type { BenchRow, Report } from '../report.ts'
import type { Display } from './display.ts'
import { FILL_CHARTS, FIND_STORES, goTo, KEPT_POINTS, START_JOB } from './in-page.ts'
import { cpuSeconds, proportionalBytes, type Role, TWIN } from './processes.ts'
import { median, ofRuns } from './runs.ts'
import { openWindow, type Window } from './window.ts'
import { startWriter } from './writer.ts'

/**
 * Caches are filled, watches have found their idle pace (electron/core/clock/pace.ts: after twenty polls that returned
 * the same).
 */
const SETTLE_MS = 90_000
const SETTLE_LIVE_MS = 10_000
const SHARDS = 16
const RECORDS_A_SHARD = 50

/**
 * Processor time and memory of all processes of the program: idle, and with the chart of a stream that receives
 * records.
 */
export async function benchLoad(
  report: Report,
  display: Display,
  folder: string,
  data: string,
  quick: boolean,
): Promise<void> {
  const live = quick ? { runs: 2, ms: 5_000 } : { runs: 3, ms: 20_000 }
  // What is idle is polled every 15 seconds, the ledger every minute: a shorter while would hold one poll more or
  // less.
  const idle = { runs: quick ? 1 : 3, ms: 60_000 }
  const measure = async (name: string, window: Window, windows: { runs: number; ms: number }, aim: string) =>
    reportCpu(report, name, await cpuRuns(window, windows), aim)

  const empty = openWindow({ display, data: join(folder, 'empty') })
  try {
    await pause(SETTLE_MS)
    await measure('idle, nothing provisioned', empty, idle, 'aim 0.5')
  } finally {
    await empty.close()
  }

  const window = openWindow({ display, data })
  try {
    await pause(SETTLE_MS)
    await measure('idle, 16 shards, no job', window, idle, 'aim 0.5')
    reportMemory(report, 'idle', await proportionalBytes(window.pid))
    const page = await window.connect()
    await page.evaluate(FIND_STORES + START_JOB + goTo('stream', 'Stream'))
    const writer = await startWriter(data, SHARDS * RECORDS_A_SHARD)
    try {
      const name = `${SHARDS} shards receive ${SHARDS * RECORDS_A_SHARD} records/s`
      await pause(SETTLE_LIVE_MS)
      await measure(`${name}, chart of the first minute`, window, live, 'aim 8')
      await page.evaluate(FILL_CHARTS)
      page.close()
      await pause(SETTLE_LIVE_MS)
      await measure(`${name}, chart of ${KEPT_POINTS} points a shard`, window, live, 'aim 8')
      reportMemory(report, name, await proportionalBytes(window.pid))
    } finally {
      await writer.stop()
    }
  } finally {
    await window.close()
  }
}

/** Per cent of one core by role, of each run. */
async function cpuRuns(window: Window, { runs, ms }: { runs: number; ms: number }): Promise<Map<Role, number>[]> {
  const found: Map<Role, number>[] = []
  for (let run = 0; run < runs; run++) {
    const before = await cpuSeconds(window.pid)
    const startedMs = performance.now()
    await pause(ms)
    const after = await cpuSeconds(window.pid)
    const seconds = (performance.now() - startedMs) / 1000
    found.push(new Map([...after].map(([role, used]) => [role, (100 * (used - (before.get(role) ?? 0))) / seconds])))
  }
  return found
}

const sumOf = (values: ReadonlyMap<Role, number>, wanted: (role: Role) => boolean): number =>
  [...values].reduce((sum, [role, value]) => sum + (wanted(role) ? value : 0), 0)
const isConsole = (role: Role) => !TWIN.has(role)
const isTwin = (role: Role) => TWIN.has(role)

function reportCpu(report: Report, name: string, runs: readonly Map<Role, number>[], aim: string): void {
  const roles = [...new Set(runs.flatMap(run => [...run.keys()]))]
  const parts = roles.map(role => [role, median(runs.map(run => run.get(role) ?? 0))] as const)
  const row = (whose: string) => ({ name: `page, CPU ${name}, ${whose}`, unit: '% of a core', digits: 2 })
  const detail = (wanted: (role: Role) => boolean) => partsText(parts.filter(([role]) => wanted(role)))
  const line = (whose: string, wanted: (role: Role) => boolean, more?: string) =>
    report(
      ofRuns(
        { ...row(whose), detail: [more, detail(wanted)].filter(Boolean).join('; ') },
        runs.map(run => sumOf(run, wanted)),
      ),
    )
  line('console', isConsole, aim)
  line('sandbox and job', isTwin)
}

const MEBIBYTE = 1024 ** 2

function reportMemory(report: Report, name: string, bytes: ReadonlyMap<Role, number>): void {
  const parts = [...bytes].map(([role, value]) => [role, value / MEBIBYTE] as const)
  const row = (whose: string, wanted: (role: Role) => boolean, aim?: string): BenchRow => ({
    name: `page, memory (PSS) ${name}, ${whose}`,
    value: sumOf(bytes, wanted) / MEBIBYTE,
    unit: 'MiB',
    detail: [aim, partsText(parts.filter(([role]) => wanted(role)))].filter(Boolean).join('; '),
  })
  report(row('console', isConsole, 'aim 320'))
  report(row('sandbox and job', isTwin))
}

const partsText = (parts: readonly (readonly [Role, number])[]): string =>
  parts
    .filter(([, value]) => value >= 0.005)
    .sort(([, a], [, b]) => b - a)
    .map(([role, value]) => `${role} ${value.toFixed(2)}`)
    .join(', ')

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
