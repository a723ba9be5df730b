import { join } from 'node:path'
import { runSluice, temporaryFolder } from '../../fixture/sluice.ts'
import type { Report } from '../report.ts'
import { type Display, startDisplay } from './display.ts'
import { benchGrid } from './grid.ts'
import { benchLoad } from './load.ts'
import { benchStall } from './stall.ts'
import { benchStart } from './start.ts'

/**
 * The console in its window, on a display that nobody sees: how soon it is there, what it takes, and whether it stalls.
 */
export async function benchPage(report: Report, { quick = false }: { quick?: boolean }): Promise<void> {
  const folder = await temporaryFolder()
  const display = await startDisplay(folder.path)
  try {
    await benchStart(report, display, folder.path, quick)
    await benchWithData(report, display, folder.path, quick)
  } finally {
    await display.close()
    await folder.remove()
  }
}

/** So many orders that the grid has 100,000 rows: of those that come as fast as they can some are late. */
const ORDERS = 110_000

async function benchWithData(report: Report, display: Display, folder: string, quick: boolean): Promise<void> {
  const sixteen = await withOrders(join(folder, 'sixteen'), 16, ORDERS)
  await benchLoad(report, display, folder, sixteen, quick)
  await benchGrid(report, display, sixteen, quick)
  await benchStall(report, display, await withOrders(join(folder, 'sixty-four'), 64, 64 * 100), quick)
}

/** A data folder with a pipeline in it, and orders in its warehouse; nothing runs on it. */
async function withOrders(data: string, shards: number, orders: number): Promise<string> {
  const sizes = ['--shards', `${shards}`, '--orders', `${orders}`, '--rate', '0', '--limits', 'off']
  const mix = ['--duplicates', '0', '--invalid', '0', '--late', '0']
  const { exitCode, stderr } = await runSluice(['demo', '--headless', '--json', '--data', data, ...sizes, ...mix])
  if (exitCode !== 0) throw new Error(`The pipeline with ${shards} shards could not be made:\n${stderr}`)
  return data
}
