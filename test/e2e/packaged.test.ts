import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findElectron, packagedProgram } from '../../electron/hosts/find-electron.ts'
import PROJECT from '../../package.json' with { type: 'json' }
import { temporaryFolder } from '../fixture/sluice.ts'
import { openPackaged, type PackagedConsole, PICTURES } from './open-console.ts'

let opened: PackagedConsole
beforeAll(async () => {
  opened = await openPackaged()
})
afterAll(() => opened?.close())

/** As root Chromium's own sandbox cannot be set up. */
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
/** The flags of the program that runs, without the port that only the driven build takes. */
const ownFlags = () => opened.flags.filter(flag => !flag.startsWith('--remote-debugging'))

const goTo = (name: string) =>
  opened.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click()

describe('the packaged program', () => {
  it('the packaged program opens its console, with sandbox and engine on its own Node', async () => {
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

  it('About names the version of Electron, in red when it is not the one of package.json', async () => {
    const { page } = opened
    await page.getByRole('button', { name: 'About Sluice' }).click()
    const about = page.getByRole('dialog', { name: 'About Sluice' })
    await about.getByText('(packaged)').waitFor()
    const version = await about
      .locator('dt', { hasText: /^Electron$/ })
      .locator('xpath=../dd')
      .innerText()
    const named = PROJECT.devDependencies.electron
    if (version !== named) {
      expect(version).toMatch(new RegExp(`^\\d+\\.\\d+\\.\\d+ \\(made for ${named}\\)$`))
      expect(await about.getByRole('alert').innerText()).toContain('lack the security fixes since')
      const bad = await page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--bad')")
      expect(bad).not.toBe('')
    }
    for (const mode of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: mode })
      await page.screenshot({ path: join(PICTURES, `about-${mode}.png`) })
    }
    await page.emulateMedia({ colorScheme: 'light' })
    await page.keyboard.press('Escape')
  })

  describe('the fuses of the packaged program', () => {
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
      ['ELECTRON_RUN_AS_NODE does not turn it into Node', [], { ELECTRON_RUN_AS_NODE: '1' }, 'bad option: --data'],
      ['--inspect opens no debugger of Node', ['--inspect=127.0.0.1:0'], {}, 'Debugger listening'],
      ['NODE_OPTIONS have no effect', [], { NODE_OPTIONS: '--max-http-header-size=nonsense' }, 'max-http-header-size'],
    ]
    it.each(ATTACKS)('%s', (_, args, variables, sign) => {
      expect(said(opened.program, args, variables)).not.toContain(sign)
    })

    it.each([
      '--remote-debugging-port=0',
      '--remote-debugging-pipe',
      '--inspect=0',
      '--js-flags=--expose-gc',
      '--load-extension=/tmp',
    ])('the packaged program refuses to start with %s, before anything is opened', flag => {
      const { status, stderr } = spawnSync(packagedProgram(process.platform, process.arch), [...ownFlags(), flag], {
        env: opened.environment,
        encoding: 'utf8',
        timeout: 20_000,
      })
      expect(stderr).toContain(`Sluice does not start with ${flag.split('=')[0]}: the packaged program takes only`)
      expect(stderr).not.toContain('DevTools listening')
      expect(status).toBe(1)
    })

    it('plain Electron, without fuses, is turned into Node by the same variable', () => {
      expect(said(findElectron(process.env) ?? '', [], { ELECTRON_RUN_AS_NODE: '1' })).toContain('bad option: --data')
    })
  })

  describe('a packaged program of which a file was changed', () => {
    it.each([
      'programs/dist/sandbox.mjs',
      'app.asar.unpacked/node_modules/@duckdb/node-bindings-linux-x64/duckdb.node',
    ])('does not start, and names the file: %s', async file => {
      const folder = await temporaryFolder()
      let child: ChildProcess | undefined
      try {
        const program = packagedProgram(process.platform, process.arch)
        await cp(dirname(program), join(folder.path, 'sluice'), { recursive: true })
        const changed = join(folder.path, 'sluice', 'resources', file)
        const bytes = await readFile(changed)
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
        await writeFile(changed, bytes)
        const data = join(folder.path, 'data')
        const started = spawn(join(folder.path, 'sluice', basename(program)), [...asRoot, `--data=${data}`], {
          env: opened.environment,
          stdio: ['ignore', 'ignore', 'pipe'],
        })
        child = started
        let said = ''
        await new Promise<void>((resolve, reject) => {
          started.once('exit', code => reject(new Error(`It ended with ${code}: ${said}`)))
          started.stderr.on('data', text => {
            said += String(text)
            if (said.includes(`of the files it was installed with, ${file} was changed`)) resolve()
          })
        })
        // Neither the sandbox nor core has made its folder.
        expect(await readdir(data)).toEqual(['window'])
      } finally {
        child?.kill('SIGKILL')
        await folder.remove()
      }
    })
  })
})
