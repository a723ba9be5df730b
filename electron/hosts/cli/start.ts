import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { withoutNodeSwitches } from '../child-environment.ts'
import { dataFolder } from '../data-folder.ts'
import { hasDisplay } from '../display.ts'
import { findElectron } from '../find-electron.ts'
import { projectPath } from '../project.ts'
import { runWeb, type WebCommandOptions } from './web.ts'

/**
 * Opens the console in its window where there is a display and Electron can be had; else serves it, and prints the
 * address.
 */
export async function runStart(options: WebCommandOptions): Promise<number> {
  if (!hasDisplay(process.env, process.platform)) {
    process.stderr.write('There is no display: the console is served instead.\n')
    return runWeb(options)
  }
  const electron = findElectron(process.env) ?? fetchElectron()
  if (!electron) {
    process.stderr.write('There is no Electron here: the console is served instead.\n')
    return runWeb(options)
  }
  const data = dataFolder(options.data, process.env, process.platform)
  // As root Chromium's own sandbox cannot be set up.
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  if (options.anyKey) flags.push('--any-key')
  if (options.checkSignatures) flags.push('--check-signatures')
  flags.push(...options.pipelines.map(folder => `--pipelines=${folder}`))
  const child = spawn(electron, [...flags, projectPath('dist/electron/main.mjs'), `--data=${data}`], {
    stdio: 'inherit',
    env: withoutNodeSwitches(process.env),
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? (signal ? 130 : 1)))
    // Ctrl-C at the terminal reaches the window by itself; this waits for its end.
    process.on('SIGINT', () => undefined)
    process.on('SIGTERM', () => child.kill('SIGTERM'))
  })
}

/** From a checkout Electron is fetched at the first start; a packaged program brings its own. */
function fetchElectron(): string | undefined {
  const script = projectPath('scripts/ensure-electron.ts')
  if (!existsSync(script)) return undefined
  spawnSync(process.execPath, [script], { stdio: ['ignore', 'inherit', 'inherit'] })
  return findElectron(process.env)
}
