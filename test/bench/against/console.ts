import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDisplay } from '../page/display.ts'
import { openWindow } from '../page/window.ts'
import type { Area } from './area.ts'
import { startProgram } from './program.ts'
import { build } from './tree.ts'

/** They fill the caches of the profile. */
const WARM_UP_WINDOWS = 2

/**
 * The start of the console, built: its window with a profile that was used before, by the page's own clock (Paint
 * Timing), and `sluice web` until it prints its address.
 */
export const consoleArea: Area = {
  rounds: { quick: 5, full: 15 },
  async open(tree, cleanUp) {
    await build(tree, cleanUp)
    const folder = await mkdtemp(join(tmpdir(), 'sluice-against-console-'))
    const removeFolder = await cleanUp.add(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
    const display = await startDisplay(folder)
    const closeDisplay = await cleanUp.add(() => display.close())
    const program = join(tree.root, 'dist/electron/main.mjs')

    /** From the making of the process to the first paint with content, ms. */
    async function windowPainted(): Promise<number> {
      const window = openWindow({ display, data: join(folder, 'window'), program })
      const close = await cleanUp.add(() => window.close())
      try {
        const page = await window.connect()
        const paintedMs = await page.evaluate<number>(`
          let paint
          while (!(paint = performance.getEntriesByName('first-contentful-paint')[0]))
            await new Promise(resolve => setTimeout(resolve, 10))
          return performance.timeOrigin + paint.startTime
        `)
        page.close()
        return paintedMs - window.startedMs
      } finally {
        await close()
      }
    }

    /** From the making of the process to its address, ms. */
    async function webServed(): Promise<number> {
      const startedMs = performance.now()
      const web = await startProgram(tree, cleanUp, ['web', '--data', join(folder, 'web')])
      await web.prints(/http:\/\/127\.0\.0\.1:\d+/)
      const tookMs = performance.now() - startedMs
      await web.stop()
      return tookMs
    }

    for (let run = 0; run < WARM_UP_WINDOWS; run++) await windowPainted()
    await webServed()
    return {
      round: async () => [
        { name: 'console, process to first paint', unit: 'ms', value: await windowPainted() },
        { name: 'console, sluice web to its address', unit: 'ms', value: await webServed() },
      ],
      async close() {
        await closeDisplay()
        await removeFolder()
      },
    }
  },
}
