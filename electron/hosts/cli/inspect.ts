import type { BeginFrom } from '../../../shared/features/checkpoint.ts'
import type { JobsView, Step } from '../../../shared/features/jobs.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import { callsLines } from './calls-text.ts'
import { checkpointLines } from './checkpoint-text.ts'
import { costLines } from './cost-text.ts'
import { latencyText, ledgerText, resultText } from './demo/report.ts'
import { lagLines, lagWithTrend } from './lag-text.ts'
import { type CommonOptions, onFolder } from './on-folder.ts'
import { type Session, take, takeEach } from './session.ts'
import { count, duration } from './text.ts'

interface Arguments {
  sql?: string
  maxRows?: number
  shards?: number
  /** The pipeline's id, as it was typed. */
  name?: string
  from?: BeginFrom
  why?: string
  archive?: string
  spark?: string
}
type Command =
  | 'lag'
  | 'jobs'
  | 'ledger'
  | 'query'
  | 'reshard'
  | 'checkpoint'
  | 'checkpoint-reset'
  | 'checkpoint-restore'
  | 'checkpoint-archive-spark'
  | 'cost'
  | 'calls'

/** What a command found: as data for --json, and as lines to read. */
interface Finding {
  json: unknown
  lines: string[]
}

/** Asks the core of a data folder one thing and prints the answer. */
export const runInspection = (command: Command, options: CommonOptions, args: Arguments = {}): Promise<number> =>
  onFolder(command, options, async ({ session, scope }) => {
    const { json, lines } = await COMMANDS[command](session, scope, args)
    process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : `${lines.join('\n')}\n`)
    return 0
  })

const COMMANDS: Record<Command, (session: Session, scope: PipelineScope, args: Arguments) => Promise<Finding>> = {
  async lag(session, scope) {
    const lag = await lagWithTrend(session, scope)
    return { json: lag, lines: lagLines(lag) }
  },
  async jobs(session, scope) {
    const jobs = take(await session.jobs.list(scope))
    return { json: jobs, lines: jobsLines(jobs) }
  },
  async ledger(session, scope) {
    const ledger = take(await session.ledger.read(scope))
    const latency = take(await session.ledger.latency(scope))
    return { json: { ...ledger, latency }, lines: [...ledgerText(ledger), latencyText(latency)] }
  },
  async query(session, scope, { sql = '', maxRows = 10_000 }) {
    const result = take(await session.warehouse.query({ ...scope, sql, maxRows }))
    return { json: result, lines: resultText(result) }
  },
  async cost(session, scope) {
    const cost = take(await session.cost.read(scope))
    return { json: cost, lines: costLines(cost) }
  },
  async calls(session, { target }) {
    for await (const calls of takeEach(session.calls.watch({ target })))
      return { json: calls, lines: callsLines(calls) }
    throw new Error('Core said nothing of its calls')
  },
  async reshard(session, scope, { shards = 1 }) {
    const lines: string[] = []
    for await (const event of takeEach(session.stream.repartition({ ...scope, partitions: shards })))
      lines.push(`${event.state}: ${event.detail ?? event.title}`)
    return { json: take(await session.stream.describe(scope)), lines }
  },
  async checkpoint(session, scope, { from, spark }) {
    const preflight =
      spark !== undefined
        ? take(await session.checkpoint.preflightSpark({ ...scope, address: spark }))
        : take(await session.checkpoint.preflight({ ...scope, ...(from?.kind === 'time' && { time: from.at }) }))
    return { json: preflight, lines: checkpointLines(preflight) }
  },
  async 'checkpoint-reset'(session, scope, { name = '', from = { kind: 'oldest' }, why = '' }) {
    const lines: string[] = []
    for await (const event of takeEach(session.checkpoint.reset({ ...scope, confirm: name, from, why })))
      if (event.state !== 'running')
        lines.push(`${event.state}: ${event.title}${event.detail ? `, ${event.detail}` : ''}`)
    return { json: take(await session.checkpoint.preflight(scope)), lines }
  },
  async 'checkpoint-archive-spark'(session, scope, { name = '', spark: address = '', why = '' }) {
    const lines: string[] = []
    for await (const event of takeEach(session.checkpoint.archiveSpark({ ...scope, confirm: name, address, why })))
      if (event.state !== 'running')
        lines.push(`${event.state}: ${event.title}${event.detail ? `, ${event.detail}` : ''}`)
    return { json: take(await session.checkpoint.preflightSpark({ ...scope, address })), lines }
  },
  async 'checkpoint-restore'(session, scope, { name = '', archive, why = '' }) {
    const lines: string[] = []
    const wanted = archive ?? take(await session.checkpoint.preflight(scope)).archived[0]?.id ?? ''
    for await (const event of takeEach(session.checkpoint.restore({ ...scope, confirm: name, archive: wanted, why })))
      if (event.state !== 'running')
        lines.push(`${event.state}: ${event.title}${event.detail ? `, ${event.detail}` : ''}`)
    return { json: take(await session.checkpoint.preflight(scope)), lines }
  },
}

function jobsLines(jobs: JobsView): string[] {
  const lines = jobs.clusters.flatMap(cluster => [
    `cluster ${cluster.id} ${cluster.name} ${cluster.state} ${cluster.release}`,
    ...cluster.steps.flatMap(stepLines),
  ])
  const { progress } = jobs
  if (progress)
    lines.push(
      `batch ${progress.batchId}: ${count(progress.numInputRows)} rows in ${duration(progress.batchDuration)}, ` +
        `at ${progress.timestamp}`,
    )
  return lines.length > 0 ? lines : ['The pipeline has no cluster.']
}

/** A step with why it failed, the line of its log that says so, and what to do. */
function stepLines({ id, name, state, failure, cause, losses = [] }: Step): string[] {
  const reason = cause?.said ?? (failure && (failure.message || failure.reason))
  const [evidence] = cause?.evidence ?? []
  return [
    `  step ${id} ${name} ${state}${reason ? `: ${reason}` : ''}`,
    ...(evidence ? [`    ${evidence.file}:${evidence.line}${cause?.at ? `, ${cause.at}` : ''}: ${evidence.text}`] : []),
    ...(cause ? [`    ${cause.next}`] : []),
    ...losses.map(
      loss =>
        `    executor ${loss.executor} on ${loss.host} was lost${loss.loggedAt ? ` at ${loss.loggedAt}` : ''}: ` +
        `${loss.reason} (stderr:${loss.evidence.line})`,
    ),
  ]
}
