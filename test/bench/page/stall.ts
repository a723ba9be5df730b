import type { Report } from '../report.ts'
import type { Debugger } from './debugger.ts'
import type { Display } from './display.ts'
import {
  FILL_CHARTS,
  FIND_STORES,
  goTo,
  KEPT_POINTS,
  START_JOB,
  type Stalls,
  UPDATE_FAST,
  watchStalls,
} from './in-page.ts'
import { ofRuns } from './runs.ts'
import { openWindow } from './window.ts'
import { startWriter } from './writer.ts'

const SHARDS = 64
const RECORDS_A_SHARD = 25

/** How long the page does not answer while 64 shards receive records and their page is shown. */
export async function benchStall(report: Report, display: Display, data: string, quick: boolean): Promise<void> {
  const windows = quick ? { runs: 2, ms: 5_000 } : { runs: 3, ms: 20_000 }
  const window = openWindow({ display, data })
  try {
    const page = await connectWhenThere(window)
    await page.evaluate(FIND_STORES)
    reportStalls(report, 'idle', await stallRuns(page, windows), 'how even the frames of this display are')
    await page.evaluate(START_JOB + goTo('stream', 'Stream'))
    const writer = await startWriter(data, SHARDS * RECORDS_A_SHARD)
    try {
      await page.evaluate(FILL_CHARTS)
      const chart = `${SHARDS * RECORDS_A_SHARD} records/s, chart of ${KEPT_POINTS} points a shard`
      reportStalls(report, `${SHARDS} shards, as often as the page asks`, await stallRuns(page, windows), chart)
      await page.evaluate(UPDATE_FAST)
      const found = await stallRuns(page, windows)
      const perSecond = await page.evaluate<number>('return bench.stopUpdates()')
      reportStalls(
        report,
        `${SHARDS} shards, 4 updates/s`,
        found,
        `aim 50; ${chart}; ${perSecond.toFixed(1)} updates/s came`,
      )
    } finally {
      await writer.stop()
    }
    page.close()
  } finally {
    await window.close()
  }
}

async function stallRuns(page: Debugger, { runs, ms }: { runs: number; ms: number }): Promise<Stalls[]> {
  const found: Stalls[] = []
  for (let run = 0; run < runs; run++) found.push(await page.evaluate<Stalls>(watchStalls(ms)))
  return found
}

function reportStalls(report: Report, name: string, found: readonly Stalls[], detail: string): void {
  const row = (what: string) => ({ name: `page, ${what}, ${name}`, unit: 'ms' })
  report(
    ofRuns(
      { ...row('longest time between frames'), detail },
      found.map(stalls => stalls.longestGap),
    ),
  )
  const tasks = found.map(stalls => stalls.longTasks).join(', ')
  report(
    ofRuns(
      { ...row('longest task'), detail: `tasks of 50 ms and more: ${tasks}` },
      found.map(stalls => stalls.longestTask),
    ),
  )
}

/** The debugger of a window's page, as soon as it has one. */
async function connectWhenThere(window: { connect(): Promise<Debugger> }): Promise<Debugger> {
  await new Promise(resolve => setTimeout(resolve, 3_000))
  return window.connect()
}
