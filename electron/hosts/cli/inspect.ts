import type { BeginFrom } from '../../../shared/features/checkpoint.ts'
import type { JobsView, Step } from '../../../shared/features/jobs.ts'
import type { Plan } from '../../../shared/features/provision.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { toAppError } from '../../core/errors/expected-error.ts'
import { dataFolder } from '../data-folder.ts'
import { knownFolder } from '../lock/folder-identity.ts'
import { openCore } from '../open-core.ts'
import { liveSandbox } from '../sandbox/running.ts'
import { checkpointLines } from './checkpoint-text.ts'
import { latencyText, ledgerText, resultText } from './demo/report.ts'
import { lagLines, lagWithTrend } from './lag-text.ts'
import { pipelineOf } from './scope.ts'
import { openSession, type Session, take, takeEach } from './session.ts'
import { count, duration, table } from './text.ts'

export interface CommonOptions {
  data?: string
  json: boolean
  /** Folders of specs. */
  pipelines: string[]
  pipeline?: string
}
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
  | 'plan'
  | 'query'
  | 'reshard'
  | 'destroy'
  | 'checkpoint'
  | 'checkpoint-reset'
  | 'checkpoint-restore'
  | 'checkpoint-archive-spark'

/** What a command found: as data for --json, and as lines to read. */
interface Finding {
  json: unknown
  lines: string[]
}

/**
 * Asks the core of a data folder one thing and prints the answer: the core of the console that runs there, else one of
 * its own.
 */
export async function runInspection(command: Command, options: CommonOptions, args: Arguments = {}): Promise<number> {
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const data = dataFolder(options.data, process.env, process.platform)
  // Nothing runs on a folder that is not there, and none is made by asking.
  if (!(await knownFolder(data))) throw noSandbox(data)
  const session = await openSession({
    data,
    kind: 'command',
    title: `sluice ${command}`,
    pipelines: options.pipelines,
    say,
    async openOwn() {
      const live = await liveSandbox(data)
      if (!live) throw noSandbox(data)
      const core = await openCore({ data, endpoint: live.endpoint, keepHistory: false, pipelines: options.pipelines })
      return { serve: link => serve(core.services, link, toAppError), close: core.close }
    },
  })
  try {
    const { scope } = await pipelineOf(session, options.pipeline, say)
    const { json, lines } = await COMMANDS[command](session, scope, args)
    process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : `${lines.join('\n')}\n`)
    return 0
  } finally {
    await session.close()
  }
}

const noSandbox = (data: string): ExpectedError =>
  new ExpectedError({
    code: 'unavailable',
    message: `No sandbox runs on ${data}.`,
    hint: 'Start one with "sluice demo --keep" or "sluice sandbox", or name its folder with --data.',
    retryable: true,
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
  async plan(session, scope) {
    const plan = take(await session.provision.plan({ ...scope, options: {} }))
    return { json: plan, lines: planLines(plan) }
  },
  async query(session, scope, { sql = '', maxRows = 10_000 }) {
    const result = take(await session.warehouse.query({ ...scope, sql, maxRows }))
    return { json: result, lines: resultText(result) }
  },
  async reshard(session, scope, { shards = 1 }) {
    const lines: string[] = []
    for await (const event of takeEach(session.stream.reshard({ ...scope, shards })))
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
  async destroy(session, scope, { name = '' }) {
    const lines: string[] = []
    for await (const event of takeEach(session.provision.destroy({ ...scope, confirm: name })))
      if (event.state !== 'running')
        lines.push(`${event.state}: ${event.title}${event.detail ? `, ${event.detail}` : ''}`)
    return { json: take(await session.provision.plan({ ...scope, options: {} })), lines }
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

const planLines = (plan: Plan): string[] => [
  ...table([
    ['action', 'what', 'USD an hour', 'permissions'],
    ...plan.changes.map(change => [
      change.action,
      change.id,
      change.costPerHour?.amount.toFixed(3) ?? '',
      change.permissions.join(', '),
    ]),
  ]),
  ...plan.changes.flatMap(change => [
    ...change.differences.map(({ member, is, must }) => `${change.id}: ${member} is ${is}, must be ${must}`),
    ...change.effects.map(effect => `${change.id}: ${effect}`),
    ...(change.blocked === undefined ? [] : [`${change.id}: left alone, ${change.blocked}`]),
  ]),
  `plan ${plan.id}`,
  `about ${plan.costPerHour.amount.toFixed(2)} USD an hour on AWS (estimated)`,
]
