import { describe, expect, it } from 'vitest'
import { BEGINS_WITHIN_MS, createUnlocks } from '../../../electron/core/targets/protection/unlocks.ts'
import {
  type Action,
  actionLasts,
  asAction,
  isUnlocked,
  streamAsAction,
  whenActionIsOver,
} from '../../../electron/core/work/action.ts'

const APPLY = { op: 'provision.apply', input: { target: 'prod', pipeline: 'food-delivery' } }

function unlocks() {
  let nowMs = 0
  let count = 0
  const made = createUnlocks({
    clock: { now: () => nowMs, monotonic: () => nowMs, sleep: async () => undefined },
    newId: () => `ticket-${++count}`,
  })
  const grant = () => made.grant({ ...APPLY, name: 'apply food-delivery', typed: 'apply food-delivery' }).ticket
  return { ...made, grantIt: grant, later: (ms: number) => (nowMs += ms) }
}

describe('the ticket that unlocks an action', () => {
  it('is given for its name alone, as it is written', () => {
    const { grant } = unlocks()
    for (const typed of ['apply', 'Apply food-delivery', 'apply food-delivery ', 'destroy food-delivery', ''])
      expect(() => grant({ ...APPLY, name: 'apply food-delivery', typed })).toThrow(/is what unlocks it/)
  })

  it('is good once', () => {
    const { take, grantIt } = unlocks()
    const ticket = grantIt()
    expect(take(ticket, APPLY)).toBe(true)
    expect(take(ticket, APPLY)).toBe(false)
    expect(take('another', APPLY)).toBe(false)
  })

  it('is good for one operation with one input, and is gone when it was shown for another', () => {
    const { take, grantIt } = unlocks()
    for (const other of [
      { ...APPLY, op: 'provision.destroy' },
      { ...APPLY, input: { ...APPLY.input, target: 'other' } },
      { ...APPLY, input: { ...APPLY.input, only: ['stream:x'] } },
    ]) {
      const ticket = grantIt()
      expect(take(ticket, other)).toBe(false)
      expect(take(ticket, APPLY)).toBe(false)
    }
  })

  it('expires when its action is not begun within three minutes', () => {
    const { take, grantIt, later } = unlocks()
    const early = grantIt()
    later(BEGINS_WITHIN_MS - 1)
    expect(take(early, APPLY)).toBe(true)
    const late = grantIt()
    later(BEGINS_WITHIN_MS)
    expect(take(late, APPLY)).toBe(false)
  })
})

function deferred() {
  let resolve: () => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<void>((resolved, rejected) => {
    resolve = resolved
    reject = rejected
  })
  return { promise, resolve, reject }
}

const action = (change: Partial<Action> = {}): Action => ({
  id: '1',
  operation: 'provision.apply',
  name: 'apply food-delivery',
  target: 'prod',
  pipeline: 'food-delivery',
  unlocked: true,
  ...change,
})

describe('an unlock', () => {
  it('is one of its own action, of its own target', async () => {
    expect(isUnlocked('prod')).toBe(false)
    await asAction(action(), async () => {
      await Promise.resolve()
      expect(isUnlocked('prod')).toBe(true)
      expect(isUnlocked('other')).toBe(false)
      await asAction(action({ id: '2', unlocked: false }), async () => expect(isUnlocked('prod')).toBe(false))
      expect(isUnlocked('prod')).toBe(true)
    })
    expect(isUnlocked('prod')).toBe(false)
  })

  it('is not shared with what runs beside it', async () => {
    const { promise: both, resolve: go } = deferred()
    const seen = async () => {
      await both
      return isUnlocked('prod')
    }
    const running = [asAction(action(), seen), asAction(action({ unlocked: false }), seen), seen()]
    go()
    expect(await Promise.all(running)).toEqual([true, false, false])
  })

  it('is one of every item of a stream, and not of who takes them', async () => {
    const seen: boolean[] = []
    async function* items() {
      for (let count = 0; count < 3; count++) {
        await Promise.resolve()
        seen.push(isUnlocked('prod'))
        yield count
      }
    }
    for await (const _ of streamAsAction(action(), items)) expect(isUnlocked('prod')).toBe(false)
    expect(seen).toEqual([true, true, true])
  })

  it('dies with the action, also for what the action left running', async () => {
    const { promise: later, resolve: go } = deferred()
    let left: Promise<boolean> | undefined
    await asAction(action(), async () => {
      left = later.then(() => isUnlocked('prod'))
    })
    go()
    expect(await left).toBe(false)
  })

  it('lasts as long as the run that the action began, and no longer', async () => {
    const run = deferred()
    const look = deferred()
    const lookAgain = deferred()
    const seen: Promise<boolean>[] = []
    let isOver = false
    await asAction(action(), async () => {
      actionLasts(run.promise)
      whenActionIsOver(() => (isOver = true))
      seen.push(look.promise.then(() => isUnlocked('prod')))
      seen.push(lookAgain.promise.then(() => isUnlocked('prod')))
    })
    look.resolve()
    expect(await seen[0]).toBe(true)
    expect(isOver).toBe(false)
    run.reject(new Error('however it ends'))
    await run.promise.catch(() => undefined)
    expect(isOver).toBe(true)
    lookAgain.resolve()
    expect(await seen[1]).toBe(false)
  })

  it('ends with a stream that its reader leaves, or that fails', async () => {
    let left = Promise.resolve(true)
    async function* items(): AsyncGenerator<number> {
      const later = deferred()
      left = later.promise.then(() => isUnlocked('prod'))
      queueMicrotask(() => setTimeout(later.resolve, 5))
      yield 1
      throw new Error('it fails')
    }
    for await (const _ of streamAsAction(action(), items)) break
    expect(await left).toBe(false)
    const takeAll = async () => {
      for await (const _ of streamAsAction(action(), items));
    }
    await expect(takeAll()).rejects.toThrow('it fails')
    expect(await left).toBe(false)
  })
})
