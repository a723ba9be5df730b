import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { benchEngine } from './engine.ts'
import { benchLatency } from './latency.ts'
import { benchPage } from './page/page.ts'
import type { BenchRow, Report } from './report.ts'
import { benchSandboxKinesis } from './sandbox-kinesis.ts'
import { benchSpark } from './spark/spark.ts'

/*
 * npm run bench -- [--json] [--quick] [kinesis] [engine] [latency] [spark] [page]
 * Measures, never judges. With --json, stdout is one JSON object; progress goes to stderr.
 */
const BENCHES: Record<string, (report: Report, options: { quick?: boolean }) => Promise<void>> = {
  kinesis: benchSandboxKinesis,
  engine: benchEngine,
  latency: benchLatency,
  spark: benchSpark,
  page: benchPage,
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const unknown = positionals.filter(name => !Object.hasOwn(BENCHES, name))
if (unknown.length > 0) {
  process.stderr.write(`There is no bench named ${unknown.join(', ')}; known: ${Object.keys(BENCHES).join(', ')}\n`)
  process.exit(2)
}

const rows: BenchRow[] = []
const report: Report = row => {
  rows.push(row)
  const value = row.value.toLocaleString('en-US', { maximumFractionDigits: 1 })
  const line = `${row.name.padEnd(64)} ${value.padStart(12)} ${row.unit}${row.detail ? `  (${row.detail})` : ''}\n`
  ;(values.json ? process.stderr : process.stdout).write(line)
}
for (const [name, bench] of Object.entries(BENCHES)) {
  if (positionals.length === 0 || positionals.includes(name)) await bench(report, { quick: values.quick })
}
if (values.json) {
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memoryBytes: totalmem(), node: process.version }
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), machine, rows })}\n`)
}
process.exit(0)
