import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { Engine } from '../../../../shared/job/engine.ts'
import { SPARK_VERSIONS } from '../../../../shared/job/spark-versions.ts'
import type { AccessOptions } from '../../sandbox/supervise.ts'

export interface DemoOptions extends AccessOptions {
  engine: Engine
  events: number
  orders?: number
  /** Records per second; 0 is as fast as the shards take it; undefined is what fits them. */
  rate?: number
  shards?: number
  seed: number
  duplicates: number
  invalid: number
  late: number
  headless: boolean
  keep: boolean
  data?: string
  /** Folders of specs. */
  pipelines: string[]
  /** Which one; the default when it is left out. */
  pipeline?: string
  limits: boolean
  json: boolean
}

/** A shard takes 1,000 records a second; this leaves room for the uneven spread of keys. */
export const RATE_THAT_FITS_A_SHARD = 900

const whole = (least: number, most: number) => (text: string) => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new InvalidArgumentError(
      `Give a whole number from ${least.toLocaleString('en-US')} to ${most.toLocaleString('en-US')}.`,
    )
  }
  return value
}

const number = (least: number, most: number) => (text: string) => {
  const value = Number(text)
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new InvalidArgumentError(`Give a number from ${least} to ${most}.`)
  return value
}

const onOff = (text: string) => {
  if (text !== 'on' && text !== 'off') throw new InvalidArgumentError('Give on or off.')
  return text === 'on'
}

/** The option that adds folders of a user's own specs. */
export const withSpecFolders = (command: Command): Command =>
  command.option(
    '--pipelines <dir>',
    'a folder of pipeline specs of your own, beside those of Sluice; may be given several times',
    (dir: string, before: string[]) => [...before, resolve(dir)],
    [] as string[],
  )

/** The options that say where the state is, of which pipeline, and what comes out. */
export const withData = (command: Command): Command =>
  withSpecFolders(command)
    .option('--data <dir>', "folder of the state (default: the user's data folder)")
    .option('--json', 'one JSON object on stdout', false)
export const withPipeline = (command: Command): Command =>
  withData(command).option('--pipeline <id>', 'which pipeline, as "sluice pipelines" lists them (default: the first)')

/** The options of the sandbox behind a command. */
export const withSandbox = (command: Command): Command =>
  command
    .option('--limits <on|off>', 'whether shards have the throughput limits of Kinesis', onOff, true)
    .addOption(
      new Option(
        '--spark <version>',
        'the Spark that steps run on (default: one that is there, else 4.0.2, as EMR has it)',
      ).choices(SPARK_VERSIONS),
    )
    .addOption(new Option('--any-key', 'the sandbox answers requests that are signed with any key').default(false))
    .addOption(
      new Option('--check-signatures', 'the sandbox computes the signature of each request, as AWS does')
        .default(false)
        .conflicts('anyKey'),
    )

export const portNumber = whole(0, 65_535)
export const shardCount = whole(1, 500)
export const rowCount = whole(1, 1_000_000)

/** Declares the options of `sluice demo` on its command. */
export const withDemoOptions = (command: Command): Command =>
  withSandbox(withPipeline(command))
    .option('--events <n>', 'events to simulate in this run', whole(0, 100_000_000), 20_000)
    // What it was called while there was one pipeline.
    .addOption(new Option('--orders <n>', 'the older name of --events').argParser(whole(0, 100_000_000)).hideHelp())
    .option(
      '--rate <n>',
      'records per second; 0: as fast as the shards take it (default: what fits the shards)',
      number(0, 10_000_000),
    )
    .option('--shards <n>', 'shards of the stream (default: those it has, else those of the spec)', shardCount)
    .option('--seed <n>', 'same seed and options: same events', whole(0, 0xffff_ffff), 1)
    .option('--duplicates <percent>', 'share of events that are sent twice', number(0, 50), 2)
    .option('--invalid <percent>', 'share of events that are broken', number(0, 50), 1)
    .option('--late <percent>', 'share of events that come too late', number(0, 50), 1)
    .addOption(
      new Option('--engine <name>', 'what runs the job; spark is set up first, where it is not there')
        .choices(Engine.options)
        .default('embedded'),
    )
    .option('--headless', 'do not open the console', false)
    .option('--keep', 'leave the sandbox and the job running', false)
