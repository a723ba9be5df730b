import { describe, expect, it } from 'vitest'
import { newestWish } from '../../../renderer/connection/newest-wish.ts'

describe('wishes that come faster than they are carried out', () => {
  /** What was begun, and how each is ended. */
  function slow() {
    const begun: number[] = []
    const signals: AbortSignal[] = []
    const ends: (() => void)[] = []
    const wishes = newestWish<number>((wish, signal) => {
      begun.push(wish)
      signals.push(signal)
      return new Promise<void>(resolve => ends.push(resolve))
    })
    const endNext = async () => {
      ends.shift()?.()
      await new Promise(resolve => setImmediate(resolve))
    }
    return { begun, signals, wishes, endNext }
  }

  it('one wish is carried out at a time, and of those that wait only the newest', async () => {
    const { begun, signals, wishes, endNext } = slow()
    for (const wish of [1, 2, 3]) wishes.want(wish)
    expect(begun).toEqual([1])
    await endNext()
    expect(begun).toEqual([1, 3])
    expect(signals.some(signal => signal.aborted)).toBe(false)
    await endNext()
    expect(begun).toEqual([1, 3])
    wishes.want(4)
    expect(begun).toEqual([1, 3, 4])
  })

  it('after the end no wish is started, and the running one is aborted', async () => {
    const { begun, signals, wishes, endNext } = slow()
    wishes.want(1)
    wishes.want(2)
    wishes.end()
    expect(signals[0]?.aborted).toBe(true)
    await endNext()
    wishes.want(3)
    await endNext()
    expect(begun).toEqual([1])
  })
})
