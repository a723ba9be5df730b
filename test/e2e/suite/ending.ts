import { expect, it } from 'vitest'
import type { OpenedConsole } from './opened-console.ts'

/** What is destroyed only by a typed name, and a job that ended or failed. */
export function endingSuite(on: OpenedConsole): void {
  it('the simulator stops, and the pipeline is not destroyed unless its name is typed', async () => {
    await on.goTo('Simulator')
    await on.page.getByRole('button', { name: 'Stop' }).click()
    await on.page.getByRole('button', { name: 'Start', exact: true }).waitFor({ timeout: 30_000 })
    await on.goTo('Provision')
    await on.page.getByRole('button', { name: 'Destroy…' }).click()
    const confirm = on.page.getByRole('button', { name: /^Destroy \d+ resources$/ })
    await on.page.getByLabel('Type food-delivery to confirm').fill('food')
    expect(await confirm.isDisabled()).toBe(true)
    await on.page.getByRole('dialog').getByRole('button', { name: 'Cancel', exact: true }).click()
  })

  it('a stopped job can be reset to another offset, with its effects shown, only by the typed name', async () => {
    await on.goTo('Job')
    await on.page.getByRole('button', { name: 'Stop after current batch' }).click()
    const checkpoint = on.page.getByRole('region', { name: 'Checkpoint' })
    await checkpoint
      .getByText(/batches in the batch table, up to \d+ as in the checkpoint/)
      .waitFor({ timeout: 30_000 })
    await checkpoint.getByText('Reset the offset: choices and their effects').click()
    const oldest = checkpoint.getByRole('row', { name: /^Reset to the oldest record/ })
    const counts = (await oldest.getByRole('cell').allInnerTexts()).map(text => Number(text.replaceAll(',', '')))
    const there = await checkpoint.getByText(/ records behind it\.$/).innerText()
    const read = Number(/, ([\d,]+) records behind it/.exec(there)?.[1]?.replaceAll(',', ''))
    expect(read).toBeGreaterThan(300)
    expect(counts.slice(1)).toEqual([read, 0, 0])
    await oldest.getByRole('button', { name: 'Reset to the oldest record…' }).click()
    await on.page.getByLabel('Type food-delivery to confirm').fill('food')
    expect(await on.page.getByRole('button', { name: 'Reset', exact: true }).isDisabled()).toBe(true)
    await on.page.getByLabel('Type food-delivery to confirm').fill('food-delivery')
    await on.page.getByRole('button', { name: 'Reset', exact: true }).click()
    await on.page.getByText('Reset to the oldest record: done').waitFor({ timeout: 30_000 })
    await checkpoint.getByRole('button', { name: /^Restore the checkpoint of / }).waitFor()
  })

  it('a failed step shows its reason, and links to the line of its log', async () => {
    await on.page.getByRole('button', { name: 'Add step…' }).click()
    await on.page.getByLabel('Name', { exact: true }).fill('broken')
    await on.page
      .getByRole('textbox', { name: 'Arguments' })
      .fill(
        (
          'sluice-embedded-engine --plan s3://nobody/none.json --region us-east-1 --stream none --bucket none ' +
          '--workgroup-name none --database dev --copy-role none --trigger-ms 1000 --max-records-per-batch 1'
        ).replaceAll(' ', '\n'),
      )
    await on.page.getByRole('button', { name: 'Add step', exact: true }).click()
    const cause = on.page.getByRole('region', { name: 'Why it failed' })
    await cause.getByText('S3 has no such bucket.').waitFor({ timeout: 30_000 })
    await cause
      .getByRole('button', { name: /^stderr, line \d+$/ })
      .first()
      .click()
    await expect
      .poll(() => on.page.locator('pre.log mark').innerText(), { timeout: 20_000 })
      .toContain('s3://nobody/none.json cannot be read')
  })
}
