import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'

/*
 * npm run fuzz -- --seed N [--count N] [--only requests|frames] Sends random and changed requests (frames) to a real
 * sandbox (web host); exit code 1 when one does harm. The same seed sends the same.
 */
type Fuzz = (options: {
  seed: number
  count: number
  log: (line: string) => void
}) => Promise<{ sent: number; problems: string[] }>
const PARTS = { requests: 'fuzzRequests', frames: 'fuzzFrames' } as const

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '10000' },
    only: { type: 'string' },
  },
})
const [seed, count] = [Number(values.seed), Number(values.count)]
if (![seed, count].every(value => Number.isInteger(value) && value >= 0)) {
  process.stderr.write('Give --seed and --count as whole numbers from 0 on.\n')
  process.exit(2)
}
const parts = Object.entries(PARTS).filter(([name]) => values.only === undefined || values.only === name)
if (parts.length === 0) {
  process.stderr.write(`There is no part named ${values.only}; known: ${Object.keys(PARTS).join(', ')}\n`)
  process.exit(2)
}

const log = (line: string) => void process.stderr.write(`${line}\n`)
let found = 0
for (const [name, exported] of parts) {
  const file = new URL(`./${name}.ts`, import.meta.url)
  if (!existsSync(file)) continue
  const { [exported]: fuzz } = (await import(file.href)) as Record<string, Fuzz>
  if (!fuzz) throw new Error(`${name}.ts exports no ${exported}.`)
  const startedMs = performance.now()
  const { sent, problems } = await fuzz({ seed, count, log })
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  process.stdout.write(`${name}: seed ${seed}, ${sent} sent in ${seconds} s, ${problems.length} problems\n`)
  for (const problem of problems.slice(0, 50)) process.stdout.write(`  ${problem}\n`)
  found += problems.length
}
process.exit(found === 0 ? 0 : 1)
