#!/usr/bin/env node
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// The sources run as they are on Node 24, which `npm ci` brings along; an older Node on the PATH only hands over to it.
const main = fileURLToPath(new URL('../electron/hosts/cli/main.ts', import.meta.url))
if (Number(process.versions.node.split('.')[0]) >= 24) await import(main)
else {
  const node = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))
  if (!existsSync(node)) {
    process.stderr.write('Sluice needs Node 24. Run "npm ci" in its folder first: it brings one along.\n')
    process.exit(1)
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  // Ctrl-C reaches the child by itself; it decides when to end.
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGUSR2']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
}
