import type { Page } from 'playwright-core'
import type { Console } from '../open-console.ts'

export const PAGES = [
  'Home',
  'Provision',
  'Artifacts',
  'Simulator',
  'Stream',
  'Job',
  'Warehouse',
  'Trace',
  'Cost',
  'Calls',
  'Profiles',
  'Protection',
  'Audit',
]

/** The console that a suite goes through, and what a user does in it again and again. */
export interface OpenedConsole {
  readonly opened: Console
  readonly page: Page
  /** To a page, by the rail. */
  goTo(name: string): Promise<void>
  /** All that a figure says: label, value, unit, time and source. */
  figure(label: string): Promise<string>
  /** The number of a figure. */
  numberOf(label: string): Promise<number>
}

/** Drives the console that is open when a test runs: tests are declared before it is. */
export function openedConsole(now: () => Console): OpenedConsole {
  const figure = (label: string) => {
    const { page } = now()
    return page.locator('.figure').filter({ has: page.getByText(label, { exact: true }) })
  }
  return {
    get opened() {
      return now()
    },
    get page() {
      return now().page
    },
    async goTo(name) {
      const { page } = now()
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()
      await page.getByRole('heading', { level: 1, name }).waitFor({ state: 'attached' })
    },
    figure: label => figure(label).innerText(),
    numberOf: async label =>
      Number((await figure(label).locator('.figure-value').first().innerText()).replace(/[^\d.]/g, '')),
  }
}
