import type { Report } from '../report.ts'
import type { Debugger } from './debugger.ts'
import type { Display } from './display.ts'
import { goTo } from './in-page.ts'
import { click, write } from './input.ts'
import { ofRuns } from './runs.ts'
import { openWindow } from './window.ts'

const ROWS = 100_000
const SQL = `select * from food_delivery_datamart.factOrders limit ${ROWS}`
const RUNS = { quick: 3, full: 7 }
const UPDATES_MS = 3_000
const ROWS_A_TRANSACTION = 1_000

/**
 * The grid of the warehouse with 100,000 rows that the sandbox's warehouse gave: by the mouse and the keys, as a user
 * has it.
 */
export async function benchGrid(report: Report, display: Display, data: string, quick: boolean): Promise<void> {
  const runs = quick ? RUNS.quick : RUNS.full
  const window = openWindow({ display, data })
  try {
    await new Promise(resolve => setTimeout(resolve, 3_000))
    const page = await window.connect()
    await page.evaluate(goTo('warehouse', 'Warehouse'))
    await click(page, '[...document.querySelectorAll("button")].find(button => button.innerText.startsWith("Limit "))')
    await click(
      page,
      '[...document.querySelectorAll("[role=option]")].find(option => option.innerText.includes("100,000"))',
    )
    await click(page, 'document.querySelector(".cm-content")')
    await write(page, SQL)

    const asked: number[] = []
    for (let run = 0; run < Math.ceil(runs / 2); run++) asked.push(await clickToPaint(page, RUN_BUTTON, HAS_ROWS))
    const columns = await page.evaluate<number>('return document.querySelectorAll(".ag-header-cell").length')
    // What the page says that it holds: the warehouse may have fewer than were asked for.
    const rows = await page.evaluate<string>(
      'return [...document.querySelectorAll("h2")].map(heading => /^[\\d,]+ ' +
        'rows/.exec(heading.innerText)?.[0]).find(Boolean) ?? "unknown rows"',
    )
    const size = `${rows} of ${columns} columns`
    report(
      ofRuns(
        { name: 'page, grid, asked to painted', unit: 'ms', detail: `${size}, by way of sandbox and core` },
        asked,
      ),
    )

    const opened: number[] = []
    for (let run = 0; run < runs; run++) {
      await clickToPaint(
        page,
        'document.querySelector("[aria-label=\'New query\']")',
        '!document.querySelector(".ag-row")',
      )
      opened.push(await clickToPaint(page, 'document.querySelector(".sql-tab button")', HAS_ROWS))
      await click(page, 'document.querySelector("[aria-label=\'Close query 2\']")')
    }
    report(
      ofRuns(
        { name: 'page, grid, opened', unit: 'ms', detail: `${size}, from the click on its tab to the paint` },
        opened,
      ),
    )

    for (const [what, column] of [
      ['text', 'orderid'],
      ['a number', 'ordervalue'],
    ] as const) {
      const sorted: number[] = []
      for (let run = 0; run < runs; run++) sorted.push(await clickToPaint(page, header(column), firstRowChanged))
      report(ofRuns({ name: `page, grid, sorted by ${what}`, unit: 'ms', detail: size }, sorted))
    }

    const rates: number[] = []
    for (let run = 0; run < Math.ceil(runs / 2); run++) rates.push(await page.evaluate<number>(UPDATE_ROWS))
    const detail = `applyTransactionAsync with ${ROWS_A_TRANSACTION.toLocaleString('en-US')} rows each; ${size}`
    report(ofRuns({ name: 'page, grid, updates of a row', unit: 'rows/s', detail }, rates))
    page.close()
  } finally {
    await window.close()
  }
}

const RUN_BUTTON = '[...document.querySelectorAll("button")].find(button => button.innerText === "Run")'
const HAS_ROWS = 'document.querySelector(".ag-row")'
const header = (column: string) =>
  `[...document.querySelectorAll('.ag-header-cell')].find(cell => cell.innerText.trim() === ` +
  `'${column}').querySelector('.ag-header-cell-label')`
const firstRowChanged = 'bench.firstRow !== document.querySelector(".ag-row[row-index=\'0\']")?.innerText'

/**
 * Ms from the click, by the time that the event itself carries, to the frame after the one in which the condition came
 * true.
 */
async function clickToPaint(page: Debugger, element: string, condition: string): Promise<number> {
  await page.evaluate(`
    globalThis.bench ??= {}
    bench.firstRow = document.querySelector(".ag-row[row-index='0']")?.innerText
    const before = new Set(document.querySelectorAll('.ag-row'))
    bench.painted = new Promise(resolve => {
      let clickedMs
      const check = () => {
        if (clickedMs === undefined || !(${condition})) return
        if (before.has(document.querySelector('.ag-row')) && ${condition === HAS_ROWS}) return
        seen.disconnect()
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel()
          port1.onmessage = () => resolve(performance.now() - clickedMs)
          port2.postMessage(undefined)
        })
      }
      const seen = new MutationObserver(check)
      seen.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true })
      addEventListener('click', event => (clickedMs = event.timeStamp), { capture: true, once: true })
    })
  `)
  await click(page, element)
  return page.evaluate<number>('return bench.painted')
}

/**
 * The rows that the grid holds are changed one number each, as fast as it takes them; with what it has painted at the
 * end.
 */
const UPDATE_ROWS = `
  const root = document.querySelector('.ag-root-wrapper')
  let fiber = root[Object.keys(root).find(key => key.startsWith('__reactFiber'))]
  while (fiber && !fiber.stateNode?.api) fiber = fiber.return
  if (!fiber) throw new Error('No grid is behind its element')
  const { api } = fiber.stateNode
  const rows = []
  api.forEachNode(node => rows.push(node.data))
  const number = rows[0].findIndex(value => typeof value === 'number')
  const startedMs = performance.now()
  let updates = 0
  let next = 0
  while (performance.now() - startedMs < ${UPDATES_MS}) {
    const update = Array.from({ length: ${ROWS_A_TRANSACTION} }, () => rows[next++ % rows.length])
    for (const row of update) row[number]++
    await new Promise(resolve => api.applyTransactionAsync({ update }, resolve))
    updates += update.length
  }
  await new Promise(requestAnimationFrame)
  return (1000 * updates) / (performance.now() - startedMs)
`
