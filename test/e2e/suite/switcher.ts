import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { OpenedConsole } from './opened-console.ts'

const PIPELINES = fileURLToPath(new URL('../../fixture/pipelines', import.meta.url))

/** The switcher of pipelines, and the dialog of the folders of a user's own specs. */
export function switcherSuite(on: OpenedConsole): void {
  const switcher = () => on.page.getByRole('button', { name: /^Pipeline: / })
  const list = () => on.page.getByRole('list', { name: 'Pipelines' })
  const dialog = () => on.page.getByRole('dialog', { name: 'Pipeline folders' })
  const openDialog = async () => {
    await switcher().click()
    await list().getByRole('button', { name: 'Manage pipeline folders…' }).click()
    await dialog().waitFor()
  }

  it('the switcher lists every pipeline, with the unsupported parts of those that cannot run', async () => {
    await on.goTo('Home')
    await switcher().click()
    await list()
      .getByRole('button', { name: /^Food delivery/ })
      .waitFor()
    const incomplete = list().getByRole('listitem').filter({ hasText: 'not supported yet' })
    expect(await incomplete.count()).toBeGreaterThan(0)
    expect(await incomplete.first().getByRole('button').count()).toBe(0)
    const parts = incomplete.first().getByText(/^\d+ unsupported parts?$/)
    await parts.click()
    const stated = Number((await parts.innerText()).split(' ')[0])
    expect(await incomplete.first().getByRole('listitem').count()).toBe(stated)
    await on.page.keyboard.press('Escape')
    await list().waitFor({ state: 'detached' })
    expect(await switcher().evaluate(button => button === document.activeElement)).toBe(true)
  })

  it('a folder that is added takes the focus, and says what is wrong with a spec in it', async () => {
    const folder = join(on.opened.data, 'my-pipelines')
    await mkdir(folder)
    await cp(PIPELINES, folder, { recursive: true })
    await writeFile(join(folder, 'broken.json'), '{ "specVersion": 2, "id": "broken" ')
    await openDialog()
    await dialog().getByText('No folders.').waitFor()
    await on.opened.chooseFolder(folder)
    const added = dialog().getByRole('listitem').filter({ hasText: folder }).first()
    await added.getByText('1 pipeline, 1 invalid spec').waitFor()
    await added.getByText(/broken\.json: .*JSON/).waitFor()
    expect(await added.evaluate(item => item === document.activeElement)).toBe(true)
  })

  it('a folder that cannot be read is refused with the reason, and the dialog stays open', async () => {
    await on.opened.chooseFolder(join(on.opened.data, 'nowhere'))
    await dialog()
      .getByText(/nowhere/)
      .first()
      .waitFor()
    expect(await dialog().getByRole('list', { name: 'Folders' }).getByRole('button').count()).toBe(1)
    await dialog().getByRole('button', { name: 'Close' }).click()
    await dialog().waitFor({ state: 'detached' })
    await expect.poll(() => switcher().evaluate(button => button === document.activeElement)).toBe(true)
  })

  it('a pipeline of an added folder opens under its own name, and an invalid spec cannot be chosen', async () => {
    await switcher().click()
    const invalid = list().getByRole('listitem').filter({ hasText: 'invalid spec' })
    await invalid
      .getByText(/broken\.json/)
      .first()
      .waitFor()
    expect(await invalid.getByRole('button').count()).toBe(0)
    await list()
      .getByRole('button', { name: /^Weather stations/ })
      .click()
    await on.page.getByRole('button', { name: 'Pipeline: Weather stations' }).waitFor()
    expect(on.page.url()).toContain('pipeline=weather-stations')
    await on.page.getByText('Not provisioned').waitFor({ timeout: 30_000 })
    await switcher().click()
    await list()
      .getByRole('button', { name: /^Food delivery/ })
      .click()
    await on.page.getByText('Healthy', { exact: true }).waitFor({ timeout: 30_000 })
  })

  it('a folder that is removed takes its pipelines out of the switcher', async () => {
    await openDialog()
    await dialog()
      .getByRole('button', { name: /^Remove / })
      .click()
    await dialog().getByText('No folders.').waitFor()
    await dialog().getByRole('button', { name: 'Close' }).click()
    await switcher().click()
    await list()
      .getByRole('button', { name: /^Food delivery/ })
      .waitFor()
    expect(await list().getByText('Weather stations').count()).toBe(0)
    await on.page.keyboard.press('Escape')
  })
}
