import { describe, expect, it } from 'vitest'
import { createPolls, type Polled, pollUntil } from '../../../electron/core/targets/polls.ts'

/** A clock that its sleepers move; it keeps how long each slept. */
function clockThatMoves() {
  const slept: number[] = []
  return {
    slept,
    clock: {
      async sleep(ms: number, signal?: AbortSignal) {
        signal?.throwIfAborted()
        slept.push(ms)
      },
    },
  }
}

async function waits(kind: 'sandbox' | 'aws', what: Polled, times: number, random = () => 1): Promise<number[]> {
  const { clock, slept } = clockThatMoves()
  const poll = createPolls(kind, { clock, random }).start(what)
  for (let count = 0; count < times; count++) await poll.wait()
  return slept
}

const refusal = (name: string) =>
  Object.assign(new Error('Rate exceeded'), { name, $metadata: { httpStatusCode: 400 } })

describe('a poll', () => {
  it('of the sandbox asks for the state of a stream or a cluster every 300 ms, and never less often', async () => {
    expect(await waits('sandbox', 'stream', 5)).toEqual(Array(5).fill(300))
    expect(await waits('sandbox', 'cluster', 5)).toEqual(Array(5).fill(300))
    const statement = await waits('sandbox', 'statement', 20)
    expect(statement[0]).toBe(10)
    expect(statement.at(-1)).toBe(300)
  })

  it('of AWS backs off exponentially up to the longest wait of its service', async () => {
    expect((await waits('aws', 'stream', 8)).map(Math.round)).toEqual([
      1_000, 1_500, 2_250, 3_375, 5_063, 7_594, 10_000, 10_000,
    ])
    expect(await waits('aws', 'cluster', 4)).toEqual([10_000, 15_000, 22_500, 30_000])
  })

  it('of AWS leaves half of each wait to chance, so that two consoles do not ask in step', async () => {
    expect((await waits('aws', 'cluster', 2, () => 0)).map(Math.round)).toEqual([5_000, 7_500])
    expect((await waits('aws', 'cluster', 2, () => 0.5)).map(Math.round)).toEqual([7_500, 11_250])
  })

  it('that is woken by a change begins again with the short wait', async () => {
    const { clock, slept } = clockThatMoves()
    const poll = createPolls('aws', { clock, random: () => 1 }).start('cluster')
    await poll.wait()
    await poll.wait()
    poll.changed()
    await poll.wait()
    expect(slept).toEqual([10_000, 15_000, 10_000])
  })

  for (const name of ['ThrottlingException', 'LimitExceededException', 'ProvisionedThroughputExceededException'])
    it(`that is refused with ${name} asks again later, and less often from then on`, async () => {
      const { clock, slept } = clockThatMoves()
      const poll = createPolls('aws', { clock, random: () => 1 }).start('cluster')
      let asked = 0
      const state = await pollUntil(
        poll,
        async () => {
          asked++
          if (asked === 1 || asked === 2) throw refusal(name)
          return asked === 3 ? 'STARTING' : 'WAITING'
        },
        answer => answer === 'WAITING',
      )
      expect(state).toBe('WAITING')
      expect(slept).toEqual([20_000, 40_000, 40_000])
    })

  it('that is refused again and again gives up with the words of AWS', async () => {
    const { clock, slept } = clockThatMoves()
    const poll = createPolls('aws', { clock, random: () => 1 }).start('stream')
    await expect(
      poll.ask(async () => {
        throw refusal('ThrottlingException')
      }),
    ).rejects.toThrow('Rate exceeded')
    expect(slept).toHaveLength(8)
    expect(Math.max(...slept)).toBe(60_000)
  })

  it('passes every other failure on at once', async () => {
    const { clock, slept } = clockThatMoves()
    const poll = createPolls('aws', { clock, random: () => 1 }).start('stream')
    await expect(
      poll.ask(async () => {
        throw refusal('ResourceNotFoundException')
      }),
    ).rejects.toThrow()
    expect(slept).toEqual([])
  })

  it('ends when it is cancelled', async () => {
    const abort = new AbortController()
    const { clock } = clockThatMoves()
    const poll = createPolls('aws', { clock, random: () => 1 }).start('stream')
    const endless = pollUntil(
      poll,
      async () => abort.abort(new Error('enough')),
      () => false,
      abort.signal,
    )
    await expect(endless).rejects.toThrow('enough')
  })
})

describe('a watch', () => {
  it('polls the sandbox as often as asked, and at AWS no oftener than its limits allow', () => {
    const { clock } = clockThatMoves()
    const of = (kind: 'sandbox' | 'aws') => createPolls(kind, { clock, random: () => 1 })
    expect(of('sandbox').watchMs('cluster', 1_000)).toBe(1_000)
    expect(of('sandbox').watchMs('cluster', 250)).toBe(300)
    expect(of('aws').watchMs('cluster', 1_000)).toBe(10_000)
    expect(of('aws').watchMs('metrics', 1_000)).toBe(10_000)
    expect(of('aws').watchMs('metrics', 60_000)).toBe(60_000)
  })
})
