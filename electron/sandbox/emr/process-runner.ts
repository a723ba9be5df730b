import { type ChildProcess, spawn } from 'node:child_process'
import { STEP_VARIABLE } from './orphans.ts'
import type { StepRun, StepRunner } from './step-runner.ts'

/** A program that is ready to be started. */
export interface StepProgram {
  command: string
  args: string[]
  /** Beside what every step has. */
  environment?: Record<string, string>
  /** Where it is started; else where the sandbox was. */
  directory?: string
  /** Called when it has ended, with all that it started. */
  ended?: () => Promise<void>
}

/**
 * Makes a program out of the arguments of a step.
 * @throws StepRefused when there is nothing to start
 */
export type StepCommand = (
  args: string[],
  step: { clusterId: string; stepId: string },
) => StepProgram | Promise<StepProgram>

/** What `command-runner.jar` may run: its first argument selects, the others are passed on. */
export type StepCommands = Record<string, StepCommand>

/** Why a step cannot be started, for the person who reads its log. */
export class StepRefused extends Error {}

/** Of the sandbox's own environment, only what any program needs: never the user's AWS profile or keys. */
const INHERITED = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'TMPDIR',
  'TEMP',
  'TMP',
  'LANG',
  'SystemRoot',
  'SYSTEMROOT',
  'JAVA_HOME',
]

/** How long the output of a program that ended may still come, through what it started and left behind. */
const LAST_OUTPUT_MS = 500

const WINDOWS = process.platform === 'win32'

/**
 * Runs steps as processes of this machine. Each leads a process group of its own, so that a Ctrl-C in the terminal
 * reaches the sandbox and not its steps, and a kill reaches what the step started. Its standard input is a pipe that
 * closes when the sandbox dies.
 */
export function processRunner(options: { commands: StepCommands; environment: Record<string, string> }): StepRunner {
  const inherited = Object.fromEntries(
    INHERITED.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
  return async ({ args, clusterId, stepId, mark, onOutput }) => {
    const [name, ...rest] = args
    const select = name !== undefined && Object.hasOwn(options.commands, name) ? options.commands[name] : undefined
    if (!select) return { refused: refusal(name, Object.keys(options.commands)) }
    let program: StepProgram
    try {
      program = await select(rest, { clusterId, stepId })
    } catch (error) {
      if (error instanceof StepRefused) return { refused: error.message }
      throw error
    }
    const child = spawn(program.command, program.args, {
      env: { ...inherited, ...options.environment, ...program.environment, [STEP_VARIABLE]: mark },
      ...(program.directory !== undefined && { cwd: program.directory }),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: !WINDOWS,
      windowsHide: true,
    })
    const run = follow(child, program.command, onOutput)
    return { ...run, ended: tidied(run.ended, program) }
  }
}

async function tidied(running: StepRun['ended'], program: StepProgram): StepRun['ended'] {
  try {
    return await running
  } finally {
    await program.ended?.()
  }
}

function refusal(name: string | undefined, known: string[]): string {
  if (name === undefined) return 'command-runner.jar was given no arguments: there is nothing to run.'
  return `Cannot run program "${name}": the sandbox runs only ${known.join(', ') || 'nothing'}.`
}

function follow(child: ChildProcess, command: string, onOutput: Parameters<StepRunner>[0]['onOutput']): StepRun {
  child.stdout?.on('data', (chunk: Buffer) => onOutput('stdout', chunk))
  child.stderr?.on('data', (chunk: Buffer) => onOutput('stderr', chunk))
  // A program that reads nothing closes its end; that is no failure of the step.
  child.stdin?.on('error', () => child.stdin?.destroy())
  const ended = new Promise<{ exitCode: number | null; signal: string | null }>(resolve => {
    child.once('error', error => {
      // 126 and 127 are what a shell says of a command that it cannot run.
      if (child.pid !== undefined) return
      onOutput('stderr', Buffer.from(`Cannot run program "${command}": ${error.message}\n`))
      resolve({ exitCode: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 127 : 126, signal: null })
    })
    child.once('exit', (exitCode, signal) => {
      endGroup(child, 'SIGKILL')
      const waited = setTimeout(() => resolve({ exitCode, signal }), LAST_OUTPUT_MS)
      child.once('close', () => {
        clearTimeout(waited)
        resolve({ exitCode, signal })
      })
    })
  })
  return {
    pid: child.pid ?? 0,
    ended,
    stop(kind) {
      if (kind === 'interrupt') child.kill('SIGTERM')
      else endGroup(child, 'SIGKILL')
    },
  }
}

/** Signals the program and all that it started; what is gone already needs none. */
function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  if (WINDOWS) {
    child.kill(signal)
    return
  }
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    // EPERM is what macOS says of a group that has ended and was not yet reaped.
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}
