import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { AREAS, HEADING, lineOf, runAgainst } from './against/against.ts'
import { benchEngine } from './engine.ts'
import { benchEngineMemory } from './engine-memory.ts'
import { benchLatency } from './latency.ts'
import { benchPage } from './page/page.ts'
import type { BenchRow, Report } from './report.ts'
import { benchSandboxKinesis } from './sandbox-kinesis.ts'
import { soakSparkKills } from './spark/kills.ts'
import { benchSpark } from './spark/spark.ts'

/*
 * npm run bench -- [--json] [--quick] [--check-signatures] [kinesis] [engine] [engine-memory] [latency] [spark] [page]
 * Measures, never judges. With --json, stdout is one JSON object; progress goes to stderr.
 * npm run bench -- spark-kills [--runs 20] [--seed N]
 * Judges, and is run by its name only: exit code 1 when the ledger of a run does not close.
 * npm run bench -- --against REV [--json] [--quick] [--rounds N] [sandbox] [engine] [spark] [console]
 * This tree and a revision, measured in turn in one run: the ratio of each figure.
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
  'engine-memory': benchEngineMemory,
  latency: benchLatency,
  spark: benchSpark,
  page: benchPage,
}
const SOAKS: Record<string, Bench> = { 'spark-kills': soakSparkKills }

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    against: { type: 'string' },
    rounds: { type: 'string' },
    'check-signatures': { type: 'boolean', default: false },
    runs: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
  allowPositionals: true,
})
const known = values.against === undefined ? { ...BENCHES, ...SOAKS } : AREAS
const unknown = positionals.filter(name => !Object.hasOwn(known, name))
const [runs, seed, rounds] = [Number(values.runs), Number(values.seed), Number(values.rounds ?? 1)]
const wrong = [
  ...(unknown.length > 0
    ? [`There is no bench named ${unknown.join(', ')}; known: ${Object.keys(known).join(', ')}`]
    : []),
  ...(Number.isInteger(runs) && runs > 0 ? [] : [`--runs is how often, from 1 on: not ${values.runs}`]),
  ...(Number.isInteger(rounds) && rounds > 0 ? [] : [`--rounds is how often, from 1 on: not ${values.rounds}`]),
  ...(values.rounds !== undefined && values.against === undefined ? ['--rounds is for --against'] : []),
  ...(Number.isInteger(seed) && seed >= 0 ? [] : [`--seed is a whole number from 0 on: not ${values.seed}`]),
]
if (wrong.length > 0) {
  process.stderr.write(`${wrong.join('\n')}\n`)
  process.exit(2)
}

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryBytes: totalmem(),
  node: process.version,
}
process.exit(values.against === undefined ? await measure() : await measureAgainst(values.against))

async function measure(): Promise<number> {
  const rows: BenchRow[] = []
  const report: Report = row => {
    rows.push(row)
    const value = row.value.toLocaleString('en-US', { maximumFractionDigits: 1 })
    say(`${row.name.padEnd(64)} ${value.padStart(12)} ${row.unit}${row.detail ? `  (${row.detail})` : ''}`)
  }
  let failure: Error | undefined
  for (const [name, bench] of Object.entries<Bench>(positionals.length === 0 ? BENCHES : { ...BENCHES, ...SOAKS })) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    await bench(report, { quick: values.quick, runs, seed, checked: values['check-signatures'] }).catch(
      (error: Error) => {
        failure = error
        process.stderr.write(`${name}: ${error.stack}\n`)
      },
    )
  }
  if (values.json) print({ at: new Date().toISOString(), machine, rows })
  return failure ? 1 : 0
}

/** Exit code 1 when this tree could not be measured; what the revision does not have is only reported. */
async function measureAgainst(revision: string): Promise<number> {
  try {
    let heading: string | undefined = HEADING
    const report = await runAgainst({
      revision,
      areas: Object.keys(AREAS).filter(name => positionals.length === 0 || positionals.includes(name)),
      quick: values.quick,
      rounds: values.rounds === undefined ? undefined : rounds,
      onRow(row) {
        if (heading !== undefined) say(heading)
        heading = undefined
        say(lineOf(row))
      },
      say: text => void process.stderr.write(`${text}\n`),
    })
    if (values.json) print({ at: new Date().toISOString(), machine, ...report })
    return report.missing.some(({ side }) => side === 'this tree') ? 1 : 0
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    return 1
  }
}

/** For the reader: on stderr when stdout is one JSON object. */
function say(line: string): void {
  ;(values.json ? process.stderr : process.stdout).write(`${line}\n`)
}

function print(report: object): void {
  process.stdout.write(`${JSON.stringify(report)}\n`)
}
