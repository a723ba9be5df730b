import { IncreaseStreamRetentionPeriodCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { expect, it } from 'vitest'
import { readAccessKey } from '../../../electron/hosts/sandbox/access-key.ts'
import { lastSandbox } from '../../../electron/hosts/sandbox/running.ts'
import type { OpenedConsole } from './opened-console.ts'

/** From an empty state to a healthy pipeline. */
export function pipelineSuite(on: OpenedConsole): void {
  startTests(on)
  healthTests(on)
}

/** Plan, apply, job and simulator. */
function startTests(on: OpenedConsole): void {
  it('a pipeline that is not provisioned says so and offers the next step', async () => {
    await on.page.getByText('Not provisioned').waitFor()
    await on.page.getByRole('link', { name: 'Provision the pipeline' }).click()
    await on.page.getByRole('heading', { level: 1, name: 'Provision' }).waitFor()
  })

  it('the plan is shown before anything is changed, and applied step by step', async () => {
    const apply = on.page.getByRole('button', { name: /^Apply \d+ changes$/ })
    await apply.waitFor()
    const rows = on.page.getByRole('table', { name: 'Plan' }).getByRole('row')
    expect(await rows.filter({ hasText: 'create' }).count()).toBeGreaterThan(8)
    await on.page.getByText('kinesis:CreateStream').first().waitFor()
    await apply.click()
    const progress = on.page.getByRole('progressbar', { name: 'Apply the plan' })
    await progress.waitFor()
    await on.page.getByText(/^\d+ of \d+ steps done, part 1 of 3/).waitFor()
    await on.page.getByText(/^[\d.]+ m?s elapsed$/).waitFor()
    const done = on.page.getByRole('heading', { name: 'Apply the plan: done' })
    await done.waitFor({ timeout: 60_000 })
    expect(await progress.count()).toBe(0)
    expect(await on.page.getByText('3,000 rows', { exact: true }).isVisible()).toBe(false)
    await done.click()
    await on.page.getByText('3,000 rows', { exact: true }).waitFor()
    await on.page.getByRole('button', { name: 'Redeploy and reload dimensions' }).waitFor()
  })

  it('a change that takes something away is applied only when the name of what it is taken from is typed', async () => {
    const { data } = on.opened
    const endpoint = (await lastSandbox(data))?.endpoint ?? ''
    const kinesis = new KinesisClient({ endpoint, region: 'us-east-1', credentials: () => readAccessKey(data) })
    const StreamName = 'incoming-food-order-data'
    await kinesis.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }))
    kinesis.destroy()
    await on.page.getByRole('button', { name: 'Refresh plan' }).click()
    await on.page.getByRole('button', { name: 'Apply 1 change' }).click()
    const confirm = on.page.getByRole('button', { name: 'Apply', exact: true })
    const name = on.page.getByLabel(`Type ${StreamName} to confirm`)
    await on.page.getByRole('dialog').getByText('Records older than 24 h can no longer be read').waitFor()
    await name.fill('food-delivery')
    expect(await confirm.isDisabled()).toBe(true)
    await name.fill(StreamName)
    await confirm.click()
    await on.page.getByRole('heading', { name: 'Apply the plan: done' }).waitFor({ timeout: 60_000 })
    await on.page.getByRole('button', { name: 'Redeploy and reload dimensions' }).waitFor()
  })

  it('the job starts on the chosen engine and names it, after a check of its checkpoint', async () => {
    await on.goTo('Job')
    const checkpoint = on.page.getByRole('region', { name: 'Checkpoint' })
    await checkpoint.getByText('none yet: the first run starts from the oldest record').waitFor({ timeout: 20_000 })
    const engine = on.page.getByRole('region', { name: 'Engine' })
    await engine.getByRole('button', { name: 'Spark', exact: true }).click()
    await engine.getByText(/^Spark 4\.0\.\d+ on this machine, not EMR/).waitFor({ timeout: 30_000 })
    await engine.getByRole('button', { name: 'Embedded', exact: true }).click()
    // A second click where the first was must not end it.
    await on.page.getByRole('button', { name: 'Start the job' }).dblclick()
    await on.page.getByText('Start the job: done').waitFor({ timeout: 60_000 })
    await on.page.getByRole('listitem').filter({ hasText: 'Check the checkpoint' }).getByText('done').waitFor()
    await on.page.getByText('Running on the embedded engine.').waitFor()
    expect(await on.page.getByRole('button', { name: 'Start the job' }).isDisabled()).toBe(true)
    expect(await on.page.getByRole('button', { name: 'Stop after current batch' }).isEnabled()).toBe(true)
  })

  it('the simulator shows the next events, runs, changes its rate while it runs, and stops', async () => {
    await on.goTo('Simulator')
    await on.page.getByText(/nothing is sent$/).waitFor()
    await on.page.getByLabel('Duplicates, %').fill('120')
    await on.page.getByText('0 to 50').waitFor()
    expect(await on.page.getByRole('button', { name: 'Start', exact: true }).isDisabled()).toBe(true)
    await on.page.getByLabel('Duplicates, %').fill('2')
    await on.page.getByLabel('Records per second', { exact: true }).fill('200')
    await on.page.getByRole('button', { name: 'Start', exact: true }).click()
    await on.page.getByRole('button', { name: 'Pause' }).waitFor()
    await expect.poll(() => on.numberOf('Accepted'), { timeout: 30_000 }).toBeGreaterThan(300)
    await on.page.getByLabel('Records per second', { exact: true }).fill('600')
    await expect.poll(() => on.numberOf('Accepted now'), { timeout: 30_000 }).toBeGreaterThan(400)
  })
}

/** What Home and the charts show while it runs. */
function healthTests(on: OpenedConsole): void {
  it('Home shows a healthy pipeline, and its ledger counts the loaded rows', async () => {
    await on.goTo('Home')
    await on.page.getByText('Healthy', { exact: true }).waitFor({ timeout: 30_000 })
    await expect
      .poll(
        async () =>
          Number(
            (
              await on.page
                .getByRole('row', { name: /^Loaded/ })
                .locator('td')
                .innerText()
            ).replaceAll(',', ''),
          ),
        { timeout: 30_000 },
      )
      .toBeGreaterThan(300)
  })

  it('the ledger of a running pipeline closes at every refresh, and counts the records in flight', async () => {
    const inFlight = on.page.getByRole('row', { name: /^In flight/ })
    for (let refresh = 0; refresh < 4; refresh++) {
      const at = await on.page.getByText(/^up to batch [\d,]+/).innerText()
      await on.page.getByText(/^The ledger closes/).waitFor({ timeout: 1_000 })
      expect(await inFlight.locator('td').innerText()).toMatch(/^[\d,]+$/)
      await expect.poll(() => on.page.getByText(/^up to batch [\d,]+/).innerText(), { timeout: 30_000 }).not.toBe(at)
    }
  })

  it('the lag is shown as it stood at each commit, with its lowest and highest between commits', async () => {
    await on.page.getByRole('button', { name: 'Consumer lag: table' }).click()
    const table = on.page.getByRole('table', { name: 'Consumer lag, as a table' })
    expect(await table.getByRole('columnheader').allInnerTexts()).toEqual([
      'time',
      'lag at commit',
      'lowest between commits',
      'highest between commits',
    ])
    const rows = (await table.locator('tbody tr').allInnerTexts()).map(row =>
      row
        .split('\t')
        .slice(1)
        .map(cell => Number(cell.replaceAll(',', ''))),
    )
    expect(rows.length).toBeGreaterThan(3)
    for (const [atCommit = 0, lowest = 0, highest = 0] of rows) {
      expect(lowest).toBeLessThanOrEqual(atCommit)
      expect(highest).toBeGreaterThanOrEqual(atCommit)
    }
    await on.page.getByRole('button', { name: 'Consumer lag: table' }).click()
  })

  it('the recent events link to the pages that show them', async () => {
    const changed = on.page.locator('section', { has: on.page.getByRole('heading', { name: 'Recent events' }) })
    await changed.getByRole('link', { name: 'Apply the plan: done' }).first().waitFor()
    await changed.getByRole('link', { name: 'The simulator is running' }).waitFor()
    await changed.getByRole('link', { name: 'Start the job: done' }).click()
    await on.page.getByRole('heading', { level: 1, name: 'Provision' }).waitFor()
    await on.goTo('Home')
  })

  it('a chart can be read as a table, and keeps its history when the page is reloaded', async () => {
    const times = async () => {
      await on.page.getByRole('button', { name: 'Records per second: table' }).click()
      const cells = on.page.getByRole('table', { name: 'Records per second, as a table' }).getByRole('rowheader')
      await cells.first().waitFor()
      const all = await cells.allInnerTexts()
      await on.page.getByRole('button', { name: 'Records per second: table' }).click()
      return all
    }
    const before = await times()
    expect(before.length).toBeGreaterThan(3)
    await on.page.reload()
    await on.page.getByText('Healthy', { exact: true }).waitFor({ timeout: 30_000 })
    // What the page itself had seen, and what core saw before it.
    const oldest = async () => (await times()).at(-1) ?? 'none'
    await expect.poll(async () => (await oldest()) <= (before.at(-1) ?? ''), { timeout: 20_000 }).toBe(true)
  })

  it('dragging across a chart selects its time range, the link keeps it, and a button returns to now', async () => {
    const box = await on.page.getByRole('img', { name: 'Records per second' }).boundingBox()
    if (!box) throw new Error('The chart is not there')
    await on.page.mouse.move(box.x + box.width * 0.5, box.y + 60)
    await on.page.mouse.down()
    await on.page.mouse.move(box.x + box.width * 0.8, box.y + 60, { steps: 5 })
    await on.page.mouse.up()
    await expect.poll(() => on.page.url()).toMatch(/from=.+&to=.+/)
    const link = on.page.url()
    await on.page.getByRole('link', { name: 'Stream', exact: true }).first().click()
    await on.page.getByRole('button', { name: 'Back to now' }).waitFor()
    await on.page.goto(link)
    await on.page.getByRole('button', { name: 'Back to now' }).click()
    await expect.poll(() => on.page.url()).not.toContain('from=')
  })
}
