import { expect, it } from 'vitest'
import type { OpenedConsole } from './opened-console.ts'

/** Logs, batches and steps of a job that runs. */
export function jobSuite(on: OpenedConsole): void {
  it('the log of the step can be followed and searched', async () => {
    await on.goTo('Job')
    await on.page.getByRole('button', { name: 'View log of food-delivery kinesisToRedshift' }).click()
    await on.page
      .getByText(/Streaming query made progress/)
      .first()
      .waitFor({ timeout: 30_000 })
    await on.page.getByLabel('Find in the log').fill('on the embedded engine')
    await expect
      .poll(async () => (await on.page.locator('pre.log').last().innerText()).trim().split('\n').length)
      .toBe(1)
  })

  it('a batch opens with its records, its files and its rows', async () => {
    await on.page
      .getByRole('button', { name: /^Batch [\d,]+: records, files and rows$/ })
      .nth(2)
      .click()
    const batch = on.page.getByRole('region', { name: /^Batch \d+$/ })
    await batch.getByText(/part-00000\.parquet$/).waitFor()
    const read = Number(
      /([\d,]+) rows in/.exec(await batch.getByText(/ rows in .* engine$/).innerText())?.[1]?.replaceAll(',', ''),
    )
    const perShard = await batch.getByText(/[\d,]+ records, /).allInnerTexts()
    expect(perShard.map(text => Number(text.split(' ')[0]?.replaceAll(',', ''))).reduce((a, b) => a + b, 0)).toBe(read)
    await batch.getByRole('button', { name: 'Show rows' }).click()
    await batch.getByRole('gridcell').first().waitFor()
    await batch.getByRole('button', { name: 'Close' }).click()
    await batch.waitFor({ state: 'detached' })
  })

  it('a step can be added and cancelled, and a cluster with termination protection cannot be terminated', async () => {
    const cluster = on.page.getByRole('region', { name: 'Cluster food-delivery' })
    expect(await cluster.getByRole('button', { name: 'Terminate…' }).isDisabled()).toBe(true)
    await cluster.getByRole('button', { name: 'Add step…' }).click()
    await on.page.getByLabel('Name', { exact: true }).fill('hive script')
    await on.page.getByRole('textbox', { name: 'Arguments' }).fill('hive-script\n--run-hive-script')
    await on.page.getByRole('button', { name: 'Add step', exact: true }).click()
    await cluster.getByRole('rowheader', { name: 'hive script', exact: true }).waitFor({ timeout: 20_000 })
    await on.page.getByText(/Add step hive script: done/).waitFor()
    await cluster.getByRole('button', { name: 'Cancel hive script' }).click()
    await on.page.getByText(/Cancel step hive script: done/).waitFor({ timeout: 30_000 })
    await cluster.getByRole('button', { name: 'Turn off termination protection' }).click()
    await cluster.getByRole('button', { name: 'Terminate…' }).click()
    const confirm = on.page.getByRole('button', { name: 'Terminate', exact: true })
    expect(await confirm.isDisabled()).toBe(true)
    await on.page.getByRole('dialog').getByRole('button', { name: 'Cancel', exact: true }).click()
    await cluster.getByRole('button', { name: 'Turn on termination protection' }).click()
    await cluster.getByText(/termination protection on$/).waitFor()
  })
}
