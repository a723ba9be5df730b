/** A step's program while it runs. */
export interface StepRun {
  /** Resolves when the program ended and all of its output was handed over. */
  ended: Promise<{ exitCode: number | null; signal: string | null }>
  /** `interrupt` asks it to end (SIGTERM); `terminate` kills it (SIGKILL). */
  stop(kind: 'interrupt' | 'terminate'): void
  pid: number
}

/**
 * Starts the program of a step: what `command-runner.jar` was given as arguments. `refused` says why there is nothing
 * to start, for instance because the first argument names no known command.
 */
export type StepRunner = (step: {
  args: string[]
  clusterId: string
  stepId: string
  /** By which its processes are known as this step's, also after the sandbox was killed. */
  mark: string
  onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void
}) => Promise<StepRun | { refused: string }>
