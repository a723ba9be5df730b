import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { benchEngine } from './engine.ts'
import { benchLatency } from './latency.ts'
import { benchPage } from './page/page.ts'
import type { BenchRow, Report } from './report.ts'
import { benchSandboxKinesis } from './sandbox-kinesis.ts'
import { soakSparkKills } from './spark/kills.ts'
import { benchSpark } from './spark/spark.ts'

/*
 * npm run bench -- [--json] [--quick] [--check-signatures] [kinesis] [engine] [latency] [spark] [page]
 * Measures, never judges. With --json, stdout is one JSON object; progress goes to stderr.
 * npm run bench -- spark-kills [--runs 20] [--seed N]
 * Judges, and is run by its name only: exit code 1 when the ledger of a run does not close.
 */
interface Options {
  quick: boolean
  runs: number
  seed: number
  /** Whether the sandbox of the bench computes each signature. */
  checked: boolean
}
type Bench = (report: Report, options: Options) => Promise<void>
const BENCHES: Record<string, Bench> = {
  kinesis: benchSandboxKinesis,
  engine: benchEngine,
  latency: benchLatency,
  spark: benchSpark,
  page: benchPage,
}
const SOAKS: Record<string, Bench> = { 'spark-kills': soakSparkKills }

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    'check-signatures': { type: 'boolean', default: false },
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
  allowPositionals: true,
})
const known = { ...BENCHES, ...SOAKS }
const unknown = positionals.filter(name => !Object.hasOwn(known, name))
const [runs, seed] = [Number(values.runs), Number(values.seed)]
const wrong = [
  ...(unknown.length > 0
    ? [`There is no bench named ${unknown.join(', ')}; known: ${Object.keys(known).join(', ')}`]
    : []),
  ...(Number.isInteger(runs) && runs > 0 ? [] : [`--runs is how often, from 1 on: not ${values.runs}`]),
  ...(Number.isInteger(seed) && seed >= 0 ? [] : [`--seed is a whole number from 0 on: not ${values.seed}`]),
]
if (wrong.length > 0) {
  process.stderr.write(`${wrong.join('\n')}\n`)
  process.exit(2)
}

const rows: BenchRow[] = []
const report: Report = row => {
  rows.push(row)
  const value = row.value.toLocaleString('en-US', { maximumFractionDigits: 1 })
  const line = `${row.name.padEnd(64)} ${value.padStart(12)} ${row.unit}${row.detail ? `  (${row.detail})` : ''}\n`
  ;(values.json ? process.stderr : process.stdout).write(line)
}
let failure: Error | undefined
for (const [name, bench] of Object.entries(positionals.length === 0 ? BENCHES : known)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  await bench(report, { quick: values.quick, runs, seed, checked: values['check-signatures'] }).catch(
    (error: Error) => {
      failure = error
      process.stderr.write(`${name}: ${error.stack}\n`)
    },
  )
}
if (values.json) {
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.version,
  }
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), machine, rows })}\n`)
}
process.exit(failure ? 1 : 0)
