import type { ReadyPipeline } from '../../../../shared/features/pipelines.ts'
import type { PipelineScope } from '../../../../shared/features/scope.ts'
import type { SimulatorOptions } from '../../../../shared/features/simulator.ts'
import { countOf } from '../../../../shared/pipelines/source-words.ts'
import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import { processTimes } from '../../../../shared/time/times.ts'
import type { OwnCore } from '../../core-access/core-access.ts'
import { openCoreOnSandbox } from '../../core-on-sandbox.ts'
import { dataFolder, dataOption, openDataFolder } from '../../data-folder.ts'
import { sayWhatDoesNotApply } from '../../sandbox/other-options.ts'
import { onInterrupt } from '../interrupt.ts'
import { pipelineOf } from '../scope.ts'
import { openSession, type Session, take, takeEach } from '../session.ts'
import { bytes, count, duration } from '../text.ts'
import { createDisplay, type Display } from './display.ts'
import { followRun } from './follow-run.ts'
import { openPage } from './open-page.ts'
import { type DemoOptions, RATE_THAT_FITS_A_SHARD } from './options.ts'
import { type DemoOutcome, demoJson, latencyText, ledgerText, partitionText, resultText } from './report.ts'

/**
 * The main job, whole: sandbox, plan, artifacts, dimensions, streaming step, simulator, drain, ledger.
 * Returns the exit code: 0 when the ledger closes with nothing in flight, 1 when not, 130 when it was interrupted.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const display = createDisplay(options.json ? process.stderr : process.stdout, processTimes.monotonic)
  const data = dataFolder(options.data, process.env, process.platform)
  await openDataFolder(data)
  const session = await openSession({
    data,
    kind: 'demo',
    title: 'sluice demo',
    openOwn: mayOpen => openHere(data, options, display, mayOpen),
    pipelines: options.pipelines,
    say: line => display.line(`  ! ${line}`),
  })
  if (session.isJoined()) await sayWhatDoesNotApply(data, options, line => display.line(`  ! ${line}`))
  const say = (line: string) => display.line(line)
  try {
    const { scope, pipeline } = await pipelineOf(session, options.pipeline, say)
    return await runOn({ session, scope, pipeline, options, display }, data)
  } finally {
    await session.close()
  }
}

/** A run: of which pipeline, on which core, with which options. */
interface Demo {
  session: Session
  scope: PipelineScope
  /** Undefined when the one that was named is none that can run: the first call says why. */
  pipeline: ReadyPipeline | undefined
  options: DemoOptions
  display: Display
}

async function runOn(demo: Demo, data: string): Promise<number> {
  const { session, pipeline, options, display } = demo
  const interrupt = onInterrupt(line => display.line(line))
  const closePage =
    options.headless || options.json
      ? async () => undefined
      : await openPage(session, { pipeline: pipeline?.id, display, data })
  try {
    const seconds = await run(demo, interrupt.signal)
    return await conclude(demo, seconds)
  } catch (error) {
    if (!interrupt.signal.aborted) throw withWayOn(error, data)
    await takeDown(demo)
    display.line(`Stopped. The state is kept in ${data}; the next run on it goes on from there.`)
    return 130
  } finally {
    interrupt.forget()
    await closePage()
  }
}

/** Core in this process, on the folder's sandbox, which ends with the demo or is left running. */
async function openHere(
  data: string,
  options: DemoOptions,
  display: Display,
  mayOpen: (url: string) => void,
): Promise<OwnCore> {
  const { limits, anyKey, checkSignatures, keep, headless, json } = options
  const own = await openCoreOnSandbox({
    data,
    sandbox: { limits, anyKey, checkSignatures, detached: keep },
    keepHistory: !headless && !json,
    pipelines: options.pipelines,
    mayOpen,
    log: text => display.line(`  ! ${text}`),
    async afterwards(sandbox) {
      if (!keep) return sandbox.stop()
      sandbox.release()
      display.line(`Left running at ${sandbox.endpoint}. Stop it with: sluice stop ${dataOption(data)}`)
    },
  })
  const { endpoint, limits: limited } = own.sandbox
  display.line(`Sandbox at ${endpoint} (not AWS; state in ${data}; shard limits ${limited ? 'on' : 'off'})`)
  return own
}

/** From nothing to a drained stream; returns the seconds from the first event to the last commit. */
async function run(demo: Demo, signal: AbortSignal): Promise<number> {
  const { session, scope, pipeline, options, display } = demo
  const identity = take(await session.targets.identity({ target: scope.target }, signal))
  display.line(`Account ${identity.account} as ${identity.arn}`)
  if (options.engine === 'spark') await ensureSpark(session, display, signal)
  const shards = options.shards ?? (await openShards(demo, signal))

  const planInput = { ...scope, options: shards === undefined ? {} : { partitions: shards } }
  const plan = take(await session.provision.plan(planInput, signal))
  const toDo = plan.changes.filter(change => change.action !== 'keep')
  display.line(
    `Plan: ${toDo.length} of ${plan.changes.length} to create or change; about ` +
      `${plan.costPerHour.amount.toFixed(2)} USD an hour on AWS (estimated), nothing in the sandbox`,
  )
  for await (const event of takeEach(session.provision.apply({ ...planInput, shown: plan }, signal)))
    display.work(event)
  display.line('Artifacts')
  for await (const event of takeEach(session.artifacts.deploy(scope, signal))) display.work(event)
  display.line('Dimensions (create_and_load_dim)')
  for await (const event of takeEach(session.warehouse.createAndLoadDimensions(scope, signal))) display.work(event)
  display.line('Job')
  for await (const event of takeEach(session.jobs.start({ ...scope, engine: options.engine }, signal)))
    display.work(event)

  const { words, partitions } = take(await session.stream.describe(scope, signal))
  const open = partitions.filter(({ state }) => state === 'open').length
  const simulation = simulatorOptions(options, open)
  const rate =
    simulation.profile.kind === 'constant'
      ? `${count(simulation.profile.perSecond)} records/s`
      : `as fast as the ${words.partitions} take it`
  display.line(
    `Simulator: ${count(options.events)} ${pipeline?.event.plural ?? 'events'}, ${rate}, ` +
      `${countOf(open, words)}, seed ${options.seed}`,
  )
  const startedAt = performance.now()
  take(await session.simulator.start({ ...scope, options: simulation }, signal))
  await followRun(session, scope, { display, signal, engine: options.engine, thenStop: !options.keep })
  return (performance.now() - startedAt) / 1000
}

/** A demo types no names: what somebody does who reads that one is needed. */
function withWayOn(error: unknown, data: string): unknown {
  if (!(error instanceof ExpectedError) || error.error.reason !== 'unconfirmed') return error
  const hint =
    'Begin in a new folder: sluice demo --data FOLDER. Or go on in this one: start its sandbox, ' +
    `"sluice sandbox ${dataOption(data)}", apply with "sluice apply ${dataOption(data)}", which asks for the names, ` +
    'and run the demo again.'
  return new ExpectedError({ ...error.error, hint }, { cause: error })
}

/** What runs Spark on this machine; set up now where it is not there. */
async function ensureSpark(session: Session, display: Display, signal: AbortSignal): Promise<void> {
  let { runtime, setUp } = take(await session.runtime.spark({}, signal))
  if (!runtime) {
    const parts = setUp.withJava ? 'PySpark and Java' : 'PySpark'
    display.line(`Set up Spark (${parts}: about ${bytes(setUp.downloadBytes)} to download, estimated)`)
    for await (const event of takeEach(session.runtime.setUpSpark({}, signal))) display.work(event)
    ;({ runtime } = take(await session.runtime.spark({}, signal)))
  }
  if (runtime)
    display.line(`Spark ${runtime.spark.version} on Java ${runtime.java.version}, local (${runtime.spark.path})`)
}

/** How many shards the stream has; undefined when there is none yet. */
async function openShards({ session, scope }: Demo, signal: AbortSignal): Promise<number | undefined> {
  const described = await session.stream.describe(scope, signal)
  if (!described.ok && described.error.code === 'not_found') return undefined
  return take(described).partitions.filter(({ state }) => state === 'open').length
}

function simulatorOptions(options: DemoOptions, shards: number): SimulatorOptions {
  const perSecond = options.rate ?? shards * RATE_THAT_FITS_A_SHARD
  return {
    mix: {
      seed: options.seed,
      duplicatesPercent: options.duplicates,
      invalidPercent: options.invalid,
      latePercent: options.late,
    },
    profile: perSecond === 0 ? { kind: 'max' } : { kind: 'constant', perSecond },
    events: options.events,
  }
}

async function conclude(demo: Demo, seconds: number): Promise<number> {
  const { session, scope, pipeline, options, display } = demo
  const ledger = take(await session.ledger.read(scope))
  const latency = take(await session.ledger.latency(scope))
  const stream = take(await session.stream.describe(scope))
  const [target] = take(await session.targets.list({}))
  if (!target) throw new Error('The core knows no target')
  const outcome: DemoOutcome = { engine: await engineOf(demo), ledger, latency, stream, target, seconds }
  for (const line of ['', ...partitionText(stream), '', ...ledgerText(ledger), latencyText(latency)]) display.line(line)
  if (options.json) process.stdout.write(`${JSON.stringify(demoJson(outcome))}\n`)
  else if (pipeline?.firstQuery) {
    const sql = pipeline.firstQuery
    for (const line of ['', ...resultText(take(await session.warehouse.query({ ...scope, sql })))]) display.line(line)
  }
  display.line(`Done in ${duration(seconds * 1000)}.`)
  // The stream is drained: what is in flight now would never arrive.
  return ledger.closes && ledger.inFlightRecords === 0 ? 0 : 1
}

async function engineOf({ session, scope }: Demo): Promise<string> {
  const jobs = take(await session.jobs.list(scope))
  return jobs.progress?.sluice.engine ?? 'none'
}

/** The order of a clean stop: no new events, then the query ends after its batch. */
async function takeDown({ session, scope, display }: Demo): Promise<void> {
  const stopped = await session.simulator.stop(scope)
  if (!stopped.ok) display.line(`  ! the simulator did not stop cleanly: ${stopped.error.message}`)
  try {
    for await (const event of takeEach(session.jobs.cancel(scope))) display.work(event)
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    display.line(`  ! the job did not stop cleanly: ${error.message}`)
  }
}
