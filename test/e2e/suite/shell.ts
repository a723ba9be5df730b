import { describe, expect, it } from 'vitest'
import { lastSandbox } from '../../../electron/hosts/sandbox/running.ts'
import type { OpenedConsole } from './opened-console.ts'
import { PAGES } from './opened-console.ts'

/** What is around the pages: palette, targets, presentation, sizes, and a sandbox that dies. */
export function shellSuite(on: OpenedConsole): void {
  pageTests(on)
  outageTests(on)
}

function pageTests(on: OpenedConsole): void {
  it('every page can be reached by the keyboard', async () => {
    await on.goTo('Trace')
    await on.page.getByRole('heading', { level: 1 }).click()
    await on.page.keyboard.press('Control+k')
    await on.page.getByRole('combobox', { name: 'Command' }).fill('stream')
    await on.page.keyboard.press('Enter')
    await on.page.getByRole('heading', { level: 1, name: 'Stream' }).waitFor()
    await on.page.keyboard.press('g')
    await on.page.keyboard.press('j')
    await on.page.getByRole('heading', { level: 1, name: 'Job' }).waitFor()
    await on.page.keyboard.press('?')
    await on.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await on.page.keyboard.press('Escape')
  })

  it('another target has its own name and colour, is read-only, and shows how to log in', async () => {
    const frame = () => on.page.locator('.shell').evaluate(shell => getComputedStyle(shell).borderTopColor)
    const ours = await frame()
    await on.page.getByRole('button', { name: /^Sandbox/ }).click()
    await on.page.getByRole('button', { name: /^analytics-prod/ }).click()
    await on.page.getByText('Not logged in').waitFor({ timeout: 20_000 })
    await on.page.getByText('sluice login --profile analytics-prod').first().waitFor()
    expect(await frame()).not.toBe(ours)
    expect(on.page.url()).toContain('target=analytics-prod')
    await on.goTo('Stream')
    expect(await on.page.getByText('shardId-000000000000').count()).toBe(0)
    await on.page.getByRole('button', { name: /^analytics-prod/ }).click()
    await on.page.getByRole('button', { name: /^Sandbox/ }).click()
    await on.page.getByText('Healthy', { exact: true }).waitFor({ timeout: 30_000 })
    expect(await frame()).toBe(ours)
  })

  it('every AWS profile is listed with kind, account, role and region, and with what is to be done', async () => {
    await on.goTo('Profiles')
    const row = (name: string) => on.page.getByRole('row').filter({ hasText: name })
    const corp = row('analytics-prod')
    for (const text of ['single sign-on', '111122223333', 'ReadOnly', 'eu-west-1', 'not logged in'])
      await corp.getByText(text, { exact: true }).waitFor()
    await corp.getByText('sluice login --profile analytics-prod').waitFor()
    await row('my team').getByText('no region').waitFor()
    await row('my team').getByText('its sso_session nobody has no section (').waitFor()
    await on.opened.picture?.('profiles-list')
    await corp.getByRole('link', { name: 'analytics-prod' }).click()
    await on.page.getByText('Not logged in').waitFor({ timeout: 20_000 })
    expect(on.page.url()).toContain('target=analytics-prod')
    await on.page.getByRole('button', { name: /^analytics-prod/ }).click()
    await on.page.getByRole('button', { name: /^Sandbox/ }).click()
    await on.page.getByText('Healthy', { exact: true }).waitFor({ timeout: 30_000 })
  })

  it('the presentation mode hides account numbers, and leads through the demonstration', async () => {
    await on.page.keyboard.press('Control+k')
    await on.page.getByRole('combobox', { name: 'Command' }).fill('presentation')
    await on.page.keyboard.press('Enter')
    const script = on.page.getByRole('complementary', { name: 'Presentation' })
    await script.getByText('1 of 7').waitFor()
    await on.page.getByRole('button', { name: /^Sandbox/ }).click()
    await on.page.getByText('account hidden').waitFor()
    await on.page.keyboard.press('Escape')
    await script.getByRole('button', { name: 'Next' }).click()
    await on.page.getByRole('heading', { level: 1, name: 'Job' }).waitFor()
    await script.getByRole('button', { name: 'End' }).click()
    await script.waitFor({ state: 'detached' })
  })

  describe('every page', () => {
    const SIZES = [
      { width: 1024, height: 700 },
      { width: 1280, height: 800 },
      { width: 1920, height: 1080 },
    ]
    it.each(PAGES)('%s fits its window from 1024x700 up, in light and dark mode', async name => {
      await on.goTo(name)
      if (name === 'Warehouse') await showRows()
      // A page that waits for its numbers is smaller than one that has them.
      await expect.poll(() => on.page.getByText(/^Reading /).count()).toBe(0)
      for (const size of SIZES) {
        await on.opened.resize(size)
        const outside = () =>
          on.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
        await expect.poll(outside, { message: `pixels outside of ${size.width}` }).toBe(0)
        await on.opened.picture?.(`${name.toLowerCase().replace(' ', '-')}-${size.width}`)
      }
      await on.opened.resize({ width: 1280, height: 800 })
    })

    /** A page of rows is wider than one without. */
    async function showRows(): Promise<void> {
      await on.page.getByRole('button', { name: 'Run', exact: true }).click()
      await on.page.getByRole('gridcell').first().waitFor()
    }
  })
}

/** A sandbox that does not respond, or dies. */
function outageTests(on: OpenedConsole): void {
  it('while the sandbox does not respond, health and topology are unknown, and the notice stays in sight', async () => {
    await on.goTo('Home')
    await on.page.getByText('Healthy', { exact: true }).waitFor({ timeout: 30_000 })
    const { pid = 0 } = (await lastSandbox(on.opened.data)) ?? {}
    process.kill(pid, 'SIGSTOP')
    try {
      await on.page.getByText('Unknown', { exact: true }).waitFor({ timeout: 60_000 })
      await on.page
        .getByText(/^Not up to date since/)
        .first()
        .waitFor()
      expect(await on.page.getByText('Healthy', { exact: true }).count()).toBe(0)
      const topology = on.page.getByRole('region', { name: 'Topology' })
      await expect.poll(() => topology.getByText(/^unknown since [\d:]+$/).count()).toBe(3)
      expect(await topology.getByText(/^(active|running|readable)$/).allInnerTexts()).toEqual(['running'])
      const notice = on.page.getByRole('alert', { name: 'The sandbox' })
      await notice.waitFor({ timeout: 60_000 })
      await on.page.locator('#content').evaluate(content => content.scrollTo(0, content.scrollHeight))
      expect((await notice.boundingBox())?.y).toBeGreaterThanOrEqual(0)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await on.page.getByText('Healthy', { exact: true }).waitFor({ timeout: 60_000 })
    await on.page.locator('#content').evaluate(content => content.scrollTo(0, 0))
    on.opened.complaints.length = 0
  })

  it('a sandbox that dies is restarted, and every page shows it', async () => {
    await on.goTo('Home')
    await on.page.getByText('Healthy', { exact: true }).waitFor({ timeout: 30_000 })
    const { pid } = (await lastSandbox(on.opened.data)) ?? {}
    process.kill(pid ?? 0, 'SIGKILL')
    await on.page
      .getByText(/The sandbox died \(SIGKILL\)/)
      .first()
      .waitFor({ timeout: 20_000 })
    await on.page
      .getByText(/The sandbox was restarted at/)
      .first()
      .waitFor({ timeout: 90_000 })
    await on.page.getByText('Healthy', { exact: true }).waitFor({ timeout: 60_000 })
    await expect.poll(() => lastSandbox(on.opened.data).then(running => running?.pid)).not.toBe(pid)
    // While it was away the page was refused what it asked for, and may have said so.
    on.opened.complaints.length = 0
  })
}
