import { expect, it } from 'vitest'
import type { OpenedConsole } from './opened-console.ts'

/** Shards, lag, records and resharding. */
export function streamSuite(on: OpenedConsole): void {
  it('a link to a shard opens the same view again', async () => {
    await on.goTo('Stream')
    await on.page.getByRole('link', { name: 'shardId-000000000000' }).click()
    await expect.poll(() => on.page.url()).toMatch(/#\/stream\?(.*&)?partition=shardId-000000000000/)
    await on.page.reload()
    await on.page.getByRole('button', { name: /shard 0/, pressed: true }).waitFor()
  })

  it('the table of shards fits the window without scrolling, and its columns can be chosen', async () => {
    const table = on.page.getByRole('table', { name: 'Shards' })
    await expect
      .poll(() => table.evaluate(element => element.scrollWidth - (element.parentElement as HTMLElement).clientWidth))
      .toBeLessThanOrEqual(0)
    await on.page.getByRole('button', { name: 'Columns of the shards' }).click()
    await on.page.getByRole('checkbox', { name: 'Oldest expires' }).check()
    await on.page.getByRole('button', { name: 'Confirm' }).click()
    await table.getByRole('columnheader', { name: 'Oldest expires' }).waitFor()
    await on.page.getByRole('button', { name: 'Columns of the shards' }).click()
    await on.page.getByRole('checkbox', { name: 'Oldest expires' }).uncheck()
    await on.page.getByRole('button', { name: 'Confirm' }).click()
    await table.getByRole('columnheader', { name: 'Oldest expires' }).waitFor({ state: 'detached' })
  })

  it('the lag can be measured by CloudWatch, and by a probe that shows its share of the reads', async () => {
    await on.page.getByRole('button', { name: 'CloudWatch', exact: true }).click()
    await expect.poll(() => on.page.url()).toContain('by=cloudwatch')
    await on.page.getByRole('table', { name: 'Shards' }).getByRole('columnheader', { name: 'Iterator age' }).waitFor()
    await expect.poll(() => on.figure('Iterator age, stream'), { timeout: 30_000 }).toMatch(/\d+(\.\d)? (ms|s)/)
    await on.page.getByRole('button', { name: 'Probe', exact: true }).click()
    await on.page.getByText(/12 a minute of the reads/).waitFor()
    expect(await on.page.getByRole('button', { name: 'Start the probe' }).isDisabled()).toBe(true)
    await on.page.getByLabel('Position of the consumer').fill('2020-01-01 00:00')
    await on.page.getByRole('button', { name: 'Start the probe' }).click()
    await expect.poll(() => on.figure('Behind, worst shard'), { timeout: 30_000 }).toMatch(/\d+(\.\d)? (s|min|ms)/)
    await expect.poll(() => on.figure('Share of reads')).toMatch(/\d\.\d %.*reads in the last minute/s)
    await on.page.getByRole('button', { name: 'Stop the probe' }).click()
    await on.page.getByRole('button', { name: 'This job', exact: true }).click()
    await expect.poll(() => on.page.url()).not.toContain('by=')
  })

  it('the records of a shard can be paged, searched and followed', async () => {
    await on.page.getByRole('button', { name: 'Get records', exact: true }).click()
    const rows = on.page.getByRole('table', { name: 'Records of the shard' }).getByRole('row')
    await rows.nth(1).waitFor()
    expect(await rows.count()).toBe(101)
    await on.page.getByRole('button', { name: 'Next records', exact: true }).click()
    await expect.poll(() => rows.count()).toBe(201)
    const key = await rows.nth(150).getByRole('link').innerText()
    await on.page.getByLabel('Find records').fill(key)
    await expect.poll(() => rows.count()).toBeLessThan(5)
    await on.page.getByLabel('Find records').fill('')
    await on.page.getByRole('button', { name: 'Follow' }).click()
    await expect.poll(() => rows.count()).toBeGreaterThan(350)
    await on.page.getByRole('button', { name: 'Stop following' }).click()
  })

  it('the stream is resharded while records flow', async () => {
    await on.page.getByRole('button', { name: 'Edit shard count…' }).click()
    await on.page.getByRole('textbox').fill('9')
    expect(await on.page.getByRole('button', { name: 'Reshard to 9' }).isDisabled()).toBe(true)
    await on.page.getByRole('textbox').fill('2')
    await on.page.getByRole('button', { name: 'Reshard to 2' }).click()
    await on.page.getByText('Reshard to 2: done').waitFor({ timeout: 30_000 })
    await expect.poll(() => on.numberOf('Open shards'), { timeout: 30_000 }).toBe(2)
  })
}
