import type { Command } from 'commander'
import type { ArtifactsState, DeployedVersion, FileChange, FileDiff } from '../../../shared/features/artifacts.ts'
import type { WorkEvent } from '../../../shared/features/scope.ts'
import type { AppError, Result } from '../../../shared/rpc/contract.ts'
import { processTimes } from '../../../shared/time/times.ts'
import { createDisplay, type Display } from './demo/display.ts'
import { withPipeline } from './demo/options.ts'
import { explain } from './explain.ts'
import { onInterrupt } from './interrupt.ts'
import { type CommonOptions, onFolder } from './on-folder.ts'
import { take } from './session.ts'
import { withTarget } from './target.ts'
import { withUnlock } from './unlock.ts'

interface DeployOptions extends CommonOptions {
  list: boolean
  diff: boolean
  /** `true` where no version is named. */
  back?: string | true
  wheelhouse?: boolean
}

/** Declares `deploy`; `finish` is given the exit code of what ran. */
export function addDeployCommand(program: Command, finish: (exitCode: number) => void): void {
  withUnlock(withTarget(withPipeline(program.command('deploy'))))
    .description('put job, plan, SQL, dimensions and, on EMR, the packages of the job into the bucket of the artifacts')
    .option('--list', 'what was deployed, and which version is current', false)
    .option('--diff', 'what a deploy would change, line by line; nothing is changed', false)
    .option('--back [id]', 'make another version current: the one before, or one that --list names')
    .option('--wheelhouse', 'deploy the packages, too, where the target has its own')
    .addHelpText('after', EXIT_CODE_HELP)
    .action(async (options: DeployOptions) => finish(await runDeploy(options)))
}

const EXIT_CODES = { done: 0, failed: 1, changed_since: 3, cancelled: 130 }
const EXIT_CODE_HELP = `
Exit codes:
  0    done: the version that is current is the one that was asked for
  1    failed; the current version is what it was
  2    wrong usage
  3    somebody else deployed meanwhile; the current version is his
  130  interrupted; the current version is what it was
`

/** `sluice deploy`. Gives its exit code. */
const runDeploy = (options: DeployOptions): Promise<number> =>
  onFolder('deploy', options, async ({ session, scope }) => {
    const print = (json: unknown, lines: string[]) =>
      void process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : `${lines.join('\n')}\n`)
    const { artifacts } = session
    if (options.list) {
      const state = take(await artifacts.state(scope))
      print(state, listLines(state))
      return EXIT_CODES.done
    }
    const before = take(await artifacts.state(scope))
    if (options.diff) {
      const diff = take(await artifacts.diff({ ...scope, from: before.current, to: 'here' }))
      print(diff, diffLines(before, diff.files))
      return EXIT_CODES.done
    }
    const { back, wheelhouse } = options
    const display = createDisplay(options.json ? process.stderr : process.stdout, processTimes.monotonic)
    const asked = { ...scope, shown: before.current }
    if (back === undefined) for (const line of changeLines(before.changes)) display.line(line)
    const outcome = await follow(
      signal =>
        back === undefined
          ? artifacts.deploy({ ...asked, ...(wheelhouse && { wheelhouse }) }, signal)
          : artifacts.back({ ...asked, ...(back !== true && { to: back }) }, signal),
      display,
    )
    const now = take(await artifacts.state(scope))
    if (outcome.error) process.stderr.write(`${explain(outcome.error)}\n`)
    else for (const line of runningLines(now)) display.line(line)
    if (options.json) {
      const { current, bucket } = now
      process.stdout.write(`${JSON.stringify({ ...outcome, bucket, before: before.current, current })}\n`)
    }
    return EXIT_CODES[outcome.state]
  })

interface Outcome {
  state: keyof typeof EXIT_CODES
  /** Files that were uploaded, by their names. */
  uploaded: string[]
  error?: AppError
}

async function follow(
  work: (signal: AbortSignal) => AsyncIterable<Result<WorkEvent>>,
  display: Display,
): Promise<Outcome> {
  const { signal, forget } = onInterrupt(line => display.line(line))
  const uploaded: string[] = []
  try {
    for await (const result of work(signal)) {
      if (!result.ok) return { state: stateOf(result.error), uploaded, error: result.error }
      display.work(result.value)
      const { step, state } = result.value
      if (state === 'done' && step.startsWith(ARTIFACT)) uploaded.push(step.slice(ARTIFACT.length))
    }
    return { state: 'done', uploaded }
  } finally {
    forget()
  }
}
const ARTIFACT = 'artifact:'

const stateOf = ({ code, reason }: AppError): Outcome['state'] =>
  reason === 'changed_since' ? reason : code === 'cancelled' ? 'cancelled' : 'failed'

const SIGNS: Record<FileChange['state'], string> = { added: '+', changed: '~', removed: '-', same: '=' }

const changeLines = (changes: readonly FileChange[]): string[] =>
  changes
    .filter(({ state }) => state !== 'same')
    .map(({ name, state, before, after }) => {
      const bytes = [before, after].flatMap(side => (side ? [side.sizeBytes.toLocaleString('en-US')] : []))
      return `${SIGNS[state]} ${name}  ${state}, ${bytes.join(' → ')} bytes`
    })

function diffLines({ current, changes }: ArtifactsState, files: readonly FileDiff[]): string[] {
  const changed = files.filter(({ state }) => state !== 'same')
  if (changed.length === 0) return [`Nothing differs from ${current}.`]
  return [
    ...(current === null ? ['Nothing is deployed yet.'] : [`Against ${current}, which is current:`]),
    ...changeLines(changes),
    ...changed.flatMap(({ name, lines, why }) => ['', `${name}${why === null ? '' : ` ${why}`}`, ...(lines ?? [])]),
  ]
}

function listLines(state: ArtifactsState): string[] {
  const { versions, current, older, bucket, wheelhouse, noWheelhouse } = state
  if (versions.length === 0) return [`Nothing is deployed to s3://${bucket}.`]
  return [
    `s3://${bucket}`,
    ...versions.map(version => `${version.id === current ? '*' : ' '} ${versionText(version)}`),
    ...(older > 0 ? [`  and ${older} older`] : []),
    ...runningLines(state),
    wheelhouse
      ? `packages ${wheelhouse.id}: ${wheelhouse.wheels} wheels for Python ${wheelhouse.python} on ` +
        `${wheelhouse.architecture}, ${wheelhouse.deployed ? 'deployed' : 'not deployed'}`
      : `no packages: ${noWheelhouse}`,
  ]
}

function versionText({ id, by, commit, files }: DeployedVersion): string {
  const from = commit ? `, ${commit.id.slice(0, 10)}${commit.changed ? ' with changes' : ''}` : ''
  return `${id}  ${files.length} files, by ${by}${from}`
}

const runningLines = ({ running, current }: ArtifactsState): string[] =>
  running
    .filter(({ version }) => version !== current)
    .map(
      ({ stepId, version }) =>
        `Step ${stepId} goes on with the files it was started with${version === null ? '' : ` (${version})`}: start ` +
        'the job again to give it those of now.',
    )
