import { mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../fixture/sluice.ts'
import { openInBrowser, type WebConsole } from './open-console.ts'

/*
 * The protection of an account of production, without one: the rules of this data folder say that its sandbox is one.
 */
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let opened: WebConsole
let page: Page

beforeAll(async () => {
  folder = await temporaryFolder()
  mkdirSync(join(folder.path, 'core'), { recursive: true })
  writeFileSync(rulesFile(), JSON.stringify({ rules: [{ class: 'production', target: 'sandbox' }] }))
  opened = await openInBrowser({}, folder.path)
  page = opened.page
})
afterAll(async () => {
  await opened.close()
  await folder.remove()
})

const rulesFile = () => join(folder.path, 'core', 'protection.json')

async function goTo(name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
}

const dialog = (name: string) => page.getByRole('dialog', { name: `Unlock ${name}?` })

async function unlock(name: string): Promise<void> {
  await dialog(name).getByLabel(`Type ${name} to unlock it`).fill(name)
  await dialog(name).getByRole('button', { name: 'Unlock and begin' }).click()
}

describe('on an account of production', () => {
  it('the frame says so, in words and in its form', async () => {
    await page.getByRole('link', { name: /^Class production, protected/ }).waitFor()
    expect(await page.locator('.shell').getAttribute('data-class')).toBe('production')
    expect(await page.locator('.shell').evaluate(shell => getComputedStyle(shell).borderLeftWidth)).toBe('8px')
  })

  it('an action asks for its name, with account, class and region, and is not begun when it is left', async () => {
    await goTo('Provision')
    await page.getByRole('button', { name: /^Apply \d+ changes$/ }).click()
    const asked = dialog('apply food-delivery')
    for (const text of ['Sandbox', 'production', 'account 000000000000', 'us-east-1'])
      await asked.getByText(text, { exact: true }).waitFor()
    const begin = asked.getByRole('button', { name: 'Unlock and begin' })
    await asked.getByLabel('Type apply food-delivery to unlock it').fill('apply')
    expect(await begin.isDisabled()).toBe(true)
    await opened.picture?.('unlock')
    await page.keyboard.press('Escape')
    await page.getByRole('heading', { name: 'Apply the plan: failed' }).waitFor()
  })

  it('it is done once its name was typed, and the next action asks for its own', async () => {
    await page.getByRole('button', { name: /^Apply \d+ changes$/ }).click()
    await unlock('apply food-delivery')
    await dialog('deploy food-delivery').waitFor({ timeout: 60_000 })
    await unlock('deploy food-delivery')
    await dialog('load food-delivery').waitFor({ timeout: 60_000 })
    await unlock('load food-delivery')
    await page.getByRole('heading', { name: 'Apply the plan: done' }).waitFor({ timeout: 60_000 })
  })
})

describe('the page Audit', () => {
  const rows = () => page.getByRole('table', { name: 'Changes' }).getByRole('row')

  it('lists each call with its request, and what was refused', async () => {
    await goTo('Audit')
    const create = rows().filter({ hasText: 'kinesis:CreateStream' })
    await create.getByText('unlocked by typing it').waitFor()
    await create.getByText('StreamName=incoming-food-order-data').waitFor()
    await create.getByText('done', { exact: true }).waitFor()
    await rows().filter({ hasText: 'none was made' }).first().getByText('refused', { exact: true }).waitFor()
    await opened.picture?.('audit')
  })

  it('is filtered by a link, and says so where nothing fits', async () => {
    const address = page.url()
    await page.goto(`${address.split('#')[0]}#/audit?outcome=refused`)
    await expect.poll(() => rows().filter({ hasText: 'kinesis:CreateStream' }).count()).toBe(0)
    await rows().filter({ hasText: 'none was made' }).first().waitFor()
    await page.goto(`${address.split('#')[0]}#/audit?of=nowhere`)
    await page.getByText('No change fits these filters.').waitFor()
    await page.goto(address)
    await rows().filter({ hasText: 'kinesis:CreateStream' }).waitFor()
  })

  it('is saved as CSV and as JSON', async () => {
    const csv = await opened.saved(() => page.getByRole('button', { name: 'Save the changes as CSV' }).click())
    expect(csv.toString()).toMatch(/^time,ended,target,/)
    const json = await opened.saved(() => page.getByRole('button', { name: 'Save the changes as JSON' }).click())
    expect(JSON.parse(json.toString())).toContainEqual(
      expect.objectContaining({ call: 'CreateStream', unlocked: true }),
    )
  })
})

describe('the page Protection', () => {
  it('shows a rule that is broken, with its line, and goes on when it is mended', async () => {
    await goTo('Protection')
    await page.getByRole('table', { name: 'Rules' }).getByText('target sandbox').waitFor()
    writeFileSync(rulesFile(), '{\n  "rules": [\n    { "class": "development", "account": "dev" }\n  ]\n}\n')
    await page.getByRole('button', { name: 'Read the file again' }).click()
    await page.getByText(/^line 3: rule 1, account: /).waitFor()
    await opened.picture?.('protection-broken')
    writeFileSync(rulesFile(), JSON.stringify({ rules: [{ class: 'production', target: 'sandbox' }] }))
    await page.getByRole('button', { name: 'Read the file again' }).click()
    await page.getByRole('table', { name: 'Rules' }).getByText('target sandbox').waitFor()
  })

  it('adds a rule and removes one; without the one of the sandbox the frame is that of a sandbox again', async () => {
    await page.getByRole('button', { name: 'Add rule…' }).click()
    await page.getByRole('dialog').getByLabel('Account', { exact: true }).fill('1111*')
    await page.getByRole('dialog').getByRole('button', { name: 'Add rule' }).click()
    const rules = page.getByRole('table', { name: 'Rules' })
    await rules.getByText('account 1111*').waitFor()
    await opened.picture?.('protection')
    expect(JSON.parse(await readFile(rulesFile(), 'utf8')).rules).toHaveLength(2)
    await page.getByRole('button', { name: 'Remove rule 1' }).click()
    await page.getByRole('link', { name: /^Class sandbox/ }).waitFor()
    expect(await page.locator('.shell').getAttribute('data-class')).toBe('sandbox')
  })

  it('and the pages before have nothing that axe objects to', async () => {
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    for (const name of ['Protection', 'Audit']) {
      await goTo(name)
      const found = await page.evaluate(`(() => { ${axe}; return axe.run().then(result =>
        result.violations.map(({ id, nodes }) => id + ' ' + nodes.map(node => node.html).join(' '))) })()`)
      expect(found, name).toEqual([])
    }
    expect(opened.complaints).toEqual([])
  })
})
