type Task = () => Promise<unknown> | unknown

/** What must be undone however the run ends: processes, worktrees, folders. Undone in reverse order, each once. */
export interface CleanUp {
  /** Aborted when the undoing began before the run was over. */
  readonly signal: AbortSignal
  /** Returns what undoes it earlier. @throws when the undoing has begun: what is added then is undone at once */
  add(task: Task): Promise<() => Promise<void>>
  /** Undoes all that is left. */
  run(): Promise<void>
}

export function createCleanUp(onFailure: (error: Error) => void): CleanUp {
  const left: Task[] = []
  const begun = new AbortController()
  let running: Promise<void> | undefined

  async function undo(task: Task): Promise<void> {
    try {
      await task()
    } catch (error) {
      onFailure(error as Error)
    }
  }

  return {
    signal: begun.signal,
    async add(task) {
      if (begun.signal.aborted) {
        await undo(task)
        begun.signal.throwIfAborted()
      }
      left.push(task)
      return async () => {
        const at = left.indexOf(task)
        if (at < 0) return
        left.splice(at, 1)
        await undo(task)
      }
    },
    run() {
      running ??= (async () => {
        begun.abort(new Error('The run was interrupted'))
        for (let task = left.pop(); task; task = left.pop()) await undo(task)
      })()
      return running
    },
  }
}
