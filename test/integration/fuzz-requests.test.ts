import { expect, it } from 'vitest'
import { fuzzRequests } from '../fuzz/requests.ts'

it('ten thousand random and changed requests end no connection and no process, are all answered below 500, and ' +
  'change nothing that was acknowledged', async () => {
  const said: string[] = []
  const { sent, problems } = await fuzzRequests({ seed: 12, count: 10_000, log: line => said.push(line) })
  expect(problems).toEqual([])
  expect(sent).toBe(10_000)
  // Most get past the doors and the parsers, else nothing behind them is tried.
  const done = Number(/\b200: (\d+)/.exec(said.join())?.[1])
  expect(done).toBeGreaterThan(1_000)
}, 240_000)
