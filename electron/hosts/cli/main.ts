import { Command, CommanderError, Option } from 'commander'
import type { BeginFrom } from '../../../shared/features/checkpoint.ts'
import { isSparkVersion } from '../../../shared/job/spark-versions.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { diskSentence, diskTrouble } from '../../../shared/state/disk-trouble.ts'
import { makeFilesPrivate } from '../../../shared/state/private-files.ts'
import { endOnUnknownState } from '../end-on-unknown-state.ts'
import { SPARK_VERSION_VARIABLE } from '../spark/asked-version.ts'
import { beginFrom } from './checkpoint-text.ts'
import { runDemo } from './demo/demo.ts'
import {
  type DemoOptions,
  portNumber,
  rowCount,
  shardCount,
  withData,
  withDemoOptions,
  withPipeline,
  withSandbox,
  withSpecFolders,
} from './demo/options.ts'
import { addDeployCommand } from './deploy.ts'
import { explain } from './explain.ts'
import { addGuardCommands } from './guard-commands.ts'
import { runInspection } from './inspect.ts'
import { addLimitCommand } from './limit.ts'
import { type LoginCommandOptions, runLogin } from './login.ts'
import { type OfferedOptions, runOffered } from './offered.ts'
import type { CommonOptions } from './on-folder.ts'
import { runPipelines } from './pipelines.ts'
import { runProfiles } from './profiles.ts'
import { addProvisionCommands } from './provision/commands.ts'
import { runRepair } from './repair.ts'
import { runSandbox, runStop, type SandboxCommandOptions } from './sandbox.ts'
import { runStart } from './start.ts'
import { withTarget } from './target.ts'
import { withUnlock } from './unlock.ts'
import { runWeb, type WebCommandOptions } from './web.ts'
import { runWhoami, type WhoamiOptions } from './whoami.ts'

/*
 * The command `sluice`. Exit codes: 0 done, 1 failed (for `demo`: the ledger does not close), 2 wrong usage, 130
 * interrupted; those of `apply` and `destroy` beside these are in provision/outcome.ts.
 */
makeFilesPrivate()
endOnUnknownState('program', line => void process.stderr.write(`${line}\n`))

const program = new Command('sluice')
  .description('Operations console for AWS streaming pipelines')
  .enablePositionalOptions()
  .exitOverride()
let exitCode = 0
// Where the sandbox, a window and this process find Spark; they are started with this environment.
program.hook('preAction', (_, command) => {
  const { spark } = command.opts<{ spark?: string }>()
  if (spark !== undefined && isSparkVersion(spark)) process.env[SPARK_VERSION_VARIABLE] = spark
})

withDemoOptions(program.command('demo'))
  .description('run a pipeline whole, in the sandbox, and account for every event')
  .action(async (options: DemoOptions) => {
    exitCode = await runDemo({ ...options, events: options.orders ?? options.events })
  })

withSandbox(program.command('sandbox'))
  .description('run only the sandbox, for the AWS CLI, the SDKs and Spark')
  .option('--port <n>', 'port on 127.0.0.1 (default: the one it had before, else a free one)', portNumber)
  .option('--data <dir>', "folder of the state (default: the user's data folder)")
  .option('--reset', 'remove all its state first', false)
  .action(async (options: SandboxCommandOptions) => {
    exitCode = await runSandbox(options)
  })

withSandbox(withSpecFolders(program.command('start')))
  .description('open the console: in its window, or on loopback where there is no display')
  .option('--port <n>', 'port on 127.0.0.1, where it is served (default: a free one)', portNumber)
  .option('--data <dir>', "folder of the state (default: the user's data folder)")
  .action(async (options: WebCommandOptions) => {
    exitCode = await runStart(options)
  })

withSandbox(withSpecFolders(program.command('web')))
  .description('serve the console on loopback, with a sandbox behind it')
  .option('--port <n>', 'port on 127.0.0.1 (default: a free one)', portNumber)
  .option('--data <dir>', "folder of the state (default: the user's data folder)")
  .action(async (options: WebCommandOptions) => {
    exitCode = await runWeb(options)
  })

program
  .command('stop')
  .description('stop the sandbox that runs on a data folder')
  .option('--data <dir>', "folder of the state (default: the user's data folder)")
  .action(async (options: { data?: string }) => {
    exitCode = await runStop(options)
  })

program
  .command('repair')
  .description('rename damaged state of the sandbox, go on without it, and say what is lost')
  .option('--data <dir>', "folder of the state (default: the user's data folder)")
  .action(async (options: { data?: string }) => {
    exitCode = await runRepair(options)
  })

withData(program.command('pipelines'))
  .description('the pipelines that there are: those that can run, and what the others are missing')
  .action(async (options: CommonOptions) => {
    exitCode = await runPipelines(options)
  })

program
  .command('profiles')
  .description("the AWS profiles that there are, as the AWS CLI's files say: kind, account, role, region and state")
  .option('--json', 'one JSON array on stdout', false)
  .option('--offered', 'what a login offers and no profile names, as IAM Identity Center says it', false)
  .option('--sso-session <name>', 'with --offered: the login (default: the only one that there is)')
  .option('--write <name>', 'with --offered: add a profile of this name for one of them to the file of profiles')
  .option('--account <id>', 'with --write: its account')
  .option('--role <name>', 'with --write: its role')
  .option('--region <region>', 'with --write: the region of the new profile')
  .action(async (options: OfferedOptions & { offered: boolean }) => {
    exitCode = options.offered || options.write !== undefined ? await runOffered(options) : await runProfiles(options)
  })
program
  .command('login')
  .description('log in to IAM Identity Center, for this program and the AWS CLI; the AWS CLI is not needed for it')
  .addOption(
    new Option(
      '--profile <name>',
      'an AWS profile that uses it (default: AWS_PROFILE, else the only login there is)',
    ).conflicts('ssoSession'),
  )
  .option('--sso-session <name>', 'an sso-session, whatever profile uses it')
  .option('--no-browser', 'show the address, and open no browser')
  .option('--device-code', 'log in by a code in any browser, also on another machine', false)
  .action(async (options: LoginCommandOptions) => {
    exitCode = await runLogin(options)
  })
withTarget(program.command('whoami'))
  .description('who the credentials of the sandbox, or of an AWS profile, are, as STS says it')
  .option('--data <dir>', "folder of the sandbox's state (default: the user's data folder)")
  .option('--json', 'one JSON object on stdout', false)
  .action(async (options: WhoamiOptions) => {
    exitCode = await runWhoami(options)
  })

const onTarget = (command: Command): Command => withTarget(withPipeline(command))
const inspection = (name: Parameters<typeof runInspection>[0], description: string) =>
  onTarget(program.command(name))
    .description(description)
    .action(async (options: CommonOptions) => {
      exitCode = await runInspection(name, options)
    })
inspection('lag', 'how far the job is behind on each shard')
inspection('jobs', 'clusters, steps and the newest progress of the job')
inspection('ledger', 'every record accounted for')
inspection('cost', 'what runs costs an hour and has cost so far, and what stops it')
inspection('calls', 'what the running console asked of AWS in the last hour, and what that cost')
addLimitCommand(program, code => {
  exitCode = code
})
withUnlock(onTarget(program.command('query')))
  .description('run SQL in the warehouse')
  .argument('<sql>', 'the statement')
  .option('--max-rows <n>', 'the most rows to show', rowCount, 10_000)
  .action(async (sql: string, options: CommonOptions & { maxRows: number }) => {
    exitCode = await runInspection('query', options, { sql, maxRows: options.maxRows })
  })
withUnlock(onTarget(program.command('reshard')))
  .description('change the number of open shards of the stream while it runs')
  .argument('<shards>', 'how many it should have', shardCount)
  .action(async (shards: number, options: CommonOptions) => {
    exitCode = await runInspection('reshard', options, { shards })
  })
const checkpoint = onTarget(program.command('checkpoint'))
  .description('what a job that starts now would find in its checkpoint, and where else it could begin')
  .enablePositionalOptions()
  .option('--from <time>', 'also say what a reset to this time would mean: 2026-11-25T14:00Z', beginFrom)
  .option(
    '--spark <address>',
    "read a checkpoint of Spark's own instead: the s3:// address that the step has as --spark-checkpoint",
  )
  .action(async (options: CommonOptions & { from?: BeginFrom; spark?: string }) => {
    const { from, spark } = options
    exitCode = await runInspection('checkpoint', options, {
      ...(from && { from }),
      ...(spark !== undefined && { spark }),
    })
  })
withUnlock(onTarget(checkpoint.command('archive-spark')))
  .description("archive a checkpoint of Spark's own: the next step on it starts over; refused while a step runs on it")
  .requiredOption('--spark <address>', 'the s3:// address that the step has as --spark-checkpoint')
  .option('--name <pipeline>', "the pipeline's id, typed to confirm")
  .option('--why <text>', 'kept with the archived checkpoint')
  .action(async (options: CommonOptions & { spark: string; name?: string; why?: string }) => {
    const { spark, name, why } = options
    exitCode = await runInspection('checkpoint-archive-spark', options, {
      spark,
      ...(name !== undefined && { name }),
      ...(why !== undefined && { why }),
    })
  })
withUnlock(onTarget(checkpoint.command('reset')))
  .description('archive the checkpoint and let the job continue from another offset; refused while it runs')
  .requiredOption('--from <oldest|now|time>', 'where to begin: oldest, now, or a time: 2026-11-25T14:00Z', beginFrom)
  .option('--name <pipeline>', "the pipeline's id, typed to confirm")
  .option('--why <text>', 'kept with the archived checkpoint')
  .action(async (options: CommonOptions & { from: BeginFrom; name?: string; why?: string }) => {
    const { from, name, why } = options
    exitCode = await runInspection('checkpoint-reset', options, {
      from,
      ...(name !== undefined && { name }),
      ...(why !== undefined && { why }),
    })
  })
withUnlock(onTarget(checkpoint.command('restore')))
  .description('let the job continue from where an archived checkpoint stood; refused while it runs')
  .option('--archive <id>', 'which one, as "sluice checkpoint" lists them (default: the newest)')
  .option('--name <pipeline>', "the pipeline's id, typed to confirm")
  .option('--why <text>', 'kept with the current checkpoint, which is archived')
  .action(async (options: CommonOptions & { archive?: string; name?: string; why?: string }) => {
    const { archive, name, why } = options
    exitCode = await runInspection('checkpoint-restore', options, {
      ...(archive !== undefined && { archive }),
      ...(name !== undefined && { name }),
      ...(why !== undefined && { why }),
    })
  })
addProvisionCommands(program, code => {
  exitCode = code
})
addDeployCommand(program, code => {
  exitCode = code
})
addGuardCommands(program, code => {
  exitCode = code
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) exitCode = error.exitCode === 0 ? 0 : 2
  else {
    process.stderr.write(`${inWords(error)}\n`)
    exitCode = 1
  }
}
await Promise.all([process.stdout, process.stderr].map(taken))
process.exit(exitCode)

/** A slow reader of a pipe takes what was written in its own time; an exit before that would cut its end off. */
function taken(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise(resolve => {
    // Whoever read it has gone: nothing waits for it.
    stream.once('error', () => resolve())
    stream.write('', () => resolve())
  })
}

function inWords(error: unknown): string {
  if (error instanceof ExpectedError) return explain(error.error)
  const trouble = diskTrouble(error)
  if (trouble) return `✗ ${diskSentence(trouble, 'the data folder')}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
