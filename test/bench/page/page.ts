import { temporaryFolder } from '../../fixture/sluice.ts'
import type { Report } from '../report.ts'
import { startDisplay } from './display.ts'
import { benchStart } from './start.ts'

/** The console in its window, on a display that nobody sees: how soon it is there, what it takes, and whether it stalls. */
export async function benchPage(report: Report, { quick = false }: { quick?: boolean }): Promise<void> {
  const folder = await temporaryFolder()
  const display = await startDisplay(folder.path)
  try {
    await benchStart(report, display, folder.path, quick)
  } finally {
    await display.close()
    await folder.remove()
  }
}
