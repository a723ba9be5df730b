import { AsyncLocalStorage } from 'node:async_hooks'

/** One run of one operation of a contract: every change that is made in it is known to be its own. */
export interface Action {
  id: string
  /** As `provision.apply`. */
  operation: string
  /** As it is typed: `apply food-delivery`; null where it changes nothing. */
  name: string | null
  target: string | null
  pipeline: string | null
  /** Whether somebody typed its name. */
  unlocked: boolean
}

interface Running extends Action {
  /** How many parts of it are under way: its own run, and what it began that goes on. */
  parts: number
  whenOver: (() => void)[]
}

/**
 * Whose call it is, is known by the run that it is made in, as with patience: no feature passes it on, and what runs
 * beside it has none of it.
 */
const current = new AsyncLocalStorage<Running>()
export const currentAction = (): Action | undefined => current.getStore()

/** Whether changes of a target are unlocked here: for the action that was unlocked, on its target, until it is over. */
export function isUnlocked(target: string): boolean {
  const action = current.getStore()
  return action?.unlocked === true && action.parts > 0 && action.target === target
}

/** The action goes on until this has ended, also when the operation that began it has answered. */
export function actionLasts(until: Promise<unknown>): void {
  const action = current.getStore()
  if (!action) return
  action.parts++
  const over = () => partIsOver(action)
  until.then(over, over)
}

/** Called when the action is over, whatever became of it; at once where there is none. */
export function whenActionIsOver(listener: () => void): void {
  const action = current.getStore()
  if (!action || action.parts === 0) listener()
  else action.whenOver.push(listener)
}

function partIsOver(action: Running): void {
  if (--action.parts > 0) return
  for (const listener of action.whenOver.splice(0)) listener()
}

/** Runs a call as an action. */
export async function asAction<T>(action: Action, run: () => Promise<T>): Promise<T> {
  const running = begun(action)
  try {
    return await current.run(running, run)
  } finally {
    partIsOver(running)
  }
}

/** Runs a stream as an action, from its first item to its end. */
export async function* streamAsAction<T>(action: Action, start: () => AsyncIterable<T>): AsyncGenerator<T> {
  const running = begun(action)
  try {
    const items = current.run(running, () => start()[Symbol.asyncIterator]())
    try {
      for (;;) {
        const next = await current.run(running, () => items.next())
        if (next.done) return
        yield next.value
      }
    } finally {
      await current.run(running, () => items.return?.())
    }
  } finally {
    partIsOver(running)
  }
}

const begun = (action: Action): Running => ({ ...action, parts: 1, whenOver: [] })
