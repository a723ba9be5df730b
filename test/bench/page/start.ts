import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Report } from '../report.ts'
import { type Display, isDrawnOn, type Region } from './display.ts'
import { ofRuns } from './runs.ts'
import { openWindow, type Window } from './window.ts'

const RUNS = { quick: 3, full: 9 }
/** Between two captures of the display: what the times on the display are uncertain by. */
const CAPTURE_EVERY_MS = 4
const LONGEST_START_MS = 30_000

/** The least that a window can show: what Electron itself takes on this machine. */
const BLANK_PROGRAM = `import { app, BrowserWindow } from 'electron'
app.whenReady().then(() => new BrowserWindow({ width: 1440, height: 900 }).loadURL('data:text/html,<h1>Blank</h1>'))
`

/** The times of one start, ms since its first process was made. */
interface Start {
  /** The page began to be loaded: before it, it is Electron's time and that of the main process. */
  navigation: number
  /** The scripts of the page were run. */
  scripts: number
  /**
   * By the page's own clock (Paint Timing: first-contentful-paint): the health line comes with the first contentful
   * paint.
   */
  painted: number
  /** Its pixels are on the display. */
  shown: number
  /** What it says on the display is no longer that it checks, but what it found. */
  answered: number
}

/**
 * From the making of the process to the health line of Home, with a fresh profile and with one that was used before.
 */
export async function benchStart(report: Report, display: Display, folder: string, quick: boolean): Promise<void> {
  const runs = quick ? RUNS.quick : RUNS.full
  const blank = join(folder, 'blank.mjs')
  await writeFile(blank, BLANK_PROGRAM)
  const starts = async (name: string, watched: Watched, options: { warm: boolean; program?: string }) => {
    const found: Start[] = []
    const open = (run: number) => {
      const data = join(folder, `${name}-${options.warm ? 'warm' : run}`)
      return openWindow({ display, data, ...(options.program && { program: options.program }) })
    }
    // The first use of a profile fills its caches, the second uses them and writes what it still lacked.
    for (let run = options.warm ? -2 : 0; run < runs; run++) {
      const start = await measure(open(run), display, watched)
      if (run >= 0) found.push(start)
    }
    return found
  }
  const line = (name: string, found: readonly Start[], member: keyof Start, detail?: string) => {
    const values = found.map(start => start[member])
    report(ofRuns({ name: `page, ${name}`, unit: 'ms', ...(detail && { detail }) }, values))
  }

  const floor = await capture(display, join(folder, 'capture-blank'), 'h1', 'Blank', blank)
  line(
    'blank window, painted',
    await starts('blank', floor, { warm: true, program: blank }),
    'painted',
    'what Electron takes',
  )
  const watched = await capture(display, join(folder, 'capture'), '.health-words', 'Not provisioned')
  for (const warm of [false, true]) {
    const name = warm ? 'used profile' : 'fresh profile'
    const found = await starts(warm ? 'used' : 'fresh', watched, { warm })
    line(`${name}, navigation begins`, found, 'navigation')
    line(`${name}, scripts run`, found, 'scripts')
    line(`${name}, health line painted`, found, 'painted', `aim ${warm ? 900 : 1_100}`)
    line(`${name}, health line on the display`, found, 'shown')
    line(`${name}, health line says what was found`, found, 'answered', 'on the display, from core and sandbox')
  }
}

/** Where the words are on the display, and how they are drawn in the end. */
interface Watched {
  region: Region
  final: Buffer
}

/**
 * Starts once to learn where the words will be; it also brings the program's files into memory, so that all starts find
 * them there.
 */
async function capture(
  display: Display,
  data: string,
  selector: string,
  words: string,
  program?: string,
): Promise<Watched> {
  const window = openWindow({ display, data, ...(program && { program }) })
  try {
    await pause(2_000)
    const page = await window.connect()
    const region = await page.evaluate<Region>(`
      const find = () => document.querySelector('${selector}')
      while (!find()?.innerText.includes('${words}')) await new Promise(resolve => setTimeout(resolve, 50))
      const { left, top, width, height } = find().getBoundingClientRect()
      return {
        left: Math.ceil(screenX + left),
        top: Math.ceil(screenY + outerHeight - innerHeight + top),
        width: Math.floor(Math.min(width, 700)),
        height: Math.floor(height),
      }
    `)
    page.close()
    await pause(1_000)
    const final = await display.read(region)
    if (!isDrawnOn(final))
      throw new Error(`The display shows nothing where "${words}" should be: ${JSON.stringify(region)}`)
    return { region, final }
  } finally {
    await window.close()
  }
}

async function measure(window: Window, display: Display, { region, final }: Watched): Promise<Start> {
  try {
    let shown: number | undefined
    let answered: number | undefined
    while (answered === undefined) {
      const pixels = await display.read(region)
      const ms = Date.now() - window.startedMs
      if (shown === undefined && isDrawnOn(pixels)) shown = ms
      if (pixels.equals(final)) answered = ms
      if (ms > LONGEST_START_MS) throw new Error('The window did not come to show what it showed the first time')
      await pause(CAPTURE_EVERY_MS)
    }
    const page = await window.connect()
    const { originMs, ...own } = await page.evaluate<{ originMs: number; scripts: number; painted: number }>(`
      const [navigation] = performance.getEntriesByType('navigation')
      let paint
      // Its pixels are there before the page has an event of them.
      while (!(paint = performance.getEntriesByName('first-contentful-paint')[0]))
        await new Promise(resolve => setTimeout(resolve, 10))
      return {
        originMs: performance.timeOrigin,
        scripts: navigation.domContentLoadedEventStart,
        painted: paint.startTime,
      }
    `)
    page.close()
    const navigation = originMs - window.startedMs
    return {
      navigation,
      scripts: navigation + own.scripts,
      painted: navigation + own.painted,
      shown: shown ?? answered,
      answered,
    }
  } finally {
    await window.close()
  }
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
