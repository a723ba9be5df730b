import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findElectron } from '../../electron/hosts/find-electron.ts'
import { openPackaged, type PackagedConsole } from './open-console.ts'

let opened: PackagedConsole
beforeAll(async () => {
  opened = await openPackaged()
})
afterAll(() => opened?.close())

const goTo = (name: string) => opened.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()

describe('the packaged program', () => {
  it('opens its console, with sandbox and engine on the Node that it brings', async () => {
    const { page } = opened
    await page.getByRole('link', { name: 'Provision the pipeline' }).click()
    await page.getByRole('button', { name: /^Apply \d+ changes$/ }).click()
    await page.getByText('Apply the plan: done').waitFor({ timeout: 60_000 })
    await goTo('Job')
    await page.getByRole('button', { name: 'Start the job' }).click()
    await page.getByText('Start the job: done').waitFor({ timeout: 60_000 })
    await goTo('Simulator')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await goTo('Home')
    await page.getByText('Healthy').waitFor({ timeout: 30_000 })
    expect(page.url()).toMatch(/^app:\/\/sluice\//)
    expect(opened.complaints).toEqual([])
  })

  describe('lets nobody make another program of it:', () => {
    /** Starts a second one, which ends at once because the first runs; what it said until then. */
    const said = (program: string, args: string[], variables: Record<string, string>) => {
      const { stdout, stderr } = spawnSync(program, [...args, ...opened.flags], {
        env: { ...opened.environment, ...variables },
        encoding: 'utf8',
        timeout: 20_000,
      })
      return stdout + stderr
    }
    const ATTACKS: [name: string, args: string[], variables: Record<string, string>, sign: string][] = [
      // Node refuses the flags of a window.
      ['a variable turns it not into Node', [], { ELECTRON_RUN_AS_NODE: '1' }, 'bad option: --data'],
      ['no debugger of Node listens', ['--inspect=127.0.0.1:0'], {}, 'Debugger listening'],
      ['NODE_OPTIONS change nothing', [], { NODE_OPTIONS: '--max-http-header-size=nonsense' }, 'max-http-header-size'],
    ]
    it.each(ATTACKS)('%s', (_, args, variables, sign) => {
      expect(said(opened.program, args, variables)).not.toContain(sign)
    })

    it('while plain Electron would be turned into Node', () => {
      expect(said(findElectron(process.env) ?? '', [], { ELECTRON_RUN_AS_NODE: '1' })).toContain('bad option: --data')
    })
  })
})
