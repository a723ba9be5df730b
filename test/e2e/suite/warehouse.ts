import { expect, it } from 'vitest'
import type { OpenedConsole } from './opened-console.ts'

/** SQL, charts, and the trace of an order. */
export function warehouseSuite(on: OpenedConsole): void {
  it('SQL runs by a keyboard shortcut, and its errors are those of the warehouse', async () => {
    await on.goTo('Warehouse')
    await on.page.getByText('factorders', { exact: true }).waitFor()
    const editor = on.page.getByRole('textbox', { name: 'SQL' })
    await editor.fill('select count(*) as orders from food_delivery_datamart.factOrders')
    await editor.press('Control+Enter')
    await on.page.getByText(/^1 row/).waitFor()
    await expect.poll(async () => Number(await on.page.locator('.ag-cell').first().innerText())).toBeGreaterThan(300)
    await editor.fill('select nothing from nowhere')
    await on.page.getByRole('button', { name: 'Run' }).click()
    await on.page.getByText('relation "nowhere" does not exist').waitFor()
  })

  it('a second query opens in its own tab, with its result as a grid, a chart and a Parquet file', async () => {
    await on.page.getByRole('button', { name: 'New query' }).click()
    const editor = on.page.getByRole('textbox', { name: 'SQL' })
    await editor.fill(
      'select r.Cuisine, count(*) as orders from food_delivery_datamart.factOrders f join ' +
        'food_delivery_datamart.dimRestaurants r on r.RestaurantID = f.RestaurantID group by 1 order by 2 desc',
    )
    await editor.press('Control+Enter')
    await on.page.getByRole('gridcell').first().waitFor()
    await on.page.getByRole('button', { name: 'Chart', exact: true }).click()
    await on.page.getByRole('img', { name: /^orders by cuisine/ }).waitFor()
    const file = await on.opened.saved(() => on.page.getByRole('button', { name: 'Parquet', exact: true }).click())
    expect([file.subarray(0, 4).toString(), file.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1'])
    await on.page.getByRole('button', { name: 'Query 1', exact: true }).click()
    await on.page.getByText('relation "nowhere" does not exist').waitFor()
    await on.page.getByRole('button', { name: 'History' }).click()
    await on.page.getByRole('region', { name: 'Query history' }).getByText('select nothing from nowhere').waitFor()
    await on.page.getByRole('button', { name: 'History' }).click()
  })

  it('the dashboard draws its charts, and each can be read as a table', async () => {
    await on.goTo('Warehouse')
    await on.page.getByRole('link', { name: 'Dashboard' }).click()
    await expect.poll(() => on.page.locator('.charts [role="img"]:has(canvas)').count(), { timeout: 20_000 }).toBe(6)
    await on.page.getByRole('button', { name: 'Orders by city and cuisine: table' }).click()
    await on.page
      .getByRole('table', { name: 'Orders by city and cuisine, as a table' })
      .getByText('Austin')
      .first()
      .waitFor()
    await on.page.getByRole('button', { name: 'Delivery time by city: SQL' }).click()
    await on.page.getByText('factOrders f').first().waitFor()
  })

  it('an order is traced from its record to its row, by its id', async () => {
    await on.goTo('Trace')
    await on.page.locator('main').getByRole('link').first().click()
    await on.page.getByText(/^(sent|arrived) to batch committed: /).waitFor()
    const moments = on.page.locator('.moments li > span:first-child')
    expect(await moments.allTextContents()).toEqual(
      expect.arrayContaining(['arrived', 'read', 'batch began', 'loaded', 'batch committed']),
    )
    await on.page.getByText('shardId-').first().waitFor()
    const key = new URL(on.page.url().replace('#/event', '')).searchParams.get('key') ?? ''
    await on.page.getByText(`"OrderID": "${key}"`).waitFor()
    await on.page.getByLabel('Order key').fill('no such order')
    await on.page.getByRole('button', { name: 'Find', exact: true }).click()
    await on.page.getByText(/has this key: it waits, was put into quarantine, or was never sent/).waitFor()
  })
}
