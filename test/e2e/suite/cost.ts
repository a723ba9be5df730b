import { expect, it } from 'vitest'
import type { OpenedConsole } from './opened-console.ts'

/** What runs costs, the limit that AWS keeps, and what the console itself asks for. */
export function costSuite(on: OpenedConsole): void {
  it('the cost of what runs is shown with its prices, and a limit is set and taken off', async () => {
    await on.goTo('Cost')
    const { page } = on
    await page
      .getByText(/^list prices|estimated · list prices/)
      .first()
      .waitFor()
    const limit = page.getByRole('region', { name: 'Limit' })
    await limit.getByText('Nothing stops the cluster').waitFor({ timeout: 30_000 })
    expect(await limit.getByRole('button', { name: 'Set the limit' }).isDisabled()).toBe(true)
    await limit.getByLabel('Hours from now').fill('4')
    await limit.getByRole('button', { name: 'Set the limit' }).click()
    await limit.getByText(/4 h after .*(EventBridge Scheduler stops j-|The next apply)/).waitFor({ timeout: 30_000 })
    await on.opened.picture?.('cost-limit')
    await limit.getByRole('button', { name: 'Take it off' }).click()
    await limit.getByText('Nothing stops the cluster').waitFor({ timeout: 30_000 })
  })

  it('minutes before its end every page says what stops the cluster, and a click moves it on', async () => {
    await on.goTo('Cost')
    const { page } = on
    const limit = page.getByRole('region', { name: 'Limit' })
    await limit.getByLabel('Hours from now').fill('0.2')
    await limit.getByRole('button', { name: 'Set the limit' }).click()
    await limit.getByText(/h after .* EventBridge Scheduler stops j-/).waitFor({ timeout: 30_000 })
    await on.goTo('Calls')
    const notice = page.getByText(/EventBridge Scheduler stops the cluster j-\S+ in \d+ min/)
    await notice.waitFor({ timeout: 30_000 })
    await on.opened.picture?.('limit-notice')
    await page.getByRole('button', { name: '1 hour more' }).click()
    await notice.waitFor({ state: 'detached', timeout: 30_000 })
    await on.goTo('Cost')
    await limit.getByRole('button', { name: 'Take it off' }).click()
    await limit.getByText('Nothing stops the cluster').waitFor({ timeout: 30_000 })
  })

  it('the calls of the console are listed with who made them and what they cost', async () => {
    await on.goTo('Calls')
    const rows = on.page.getByRole('table', { name: 'Requests by operation' })
    await rows.getByText('cost.read').first().waitFor({ timeout: 30_000 })
    await rows.getByText('GetSchedule').first().waitFor()
    expect(await on.numberOf('Requests')).toBeGreaterThan(0)
    await on.page.getByRole('table', { name: 'Prices of calls' }).getByText('Amazon CloudWatch pricing').waitFor()
  })
}
