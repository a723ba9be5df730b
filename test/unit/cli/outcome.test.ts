import { expect, it } from 'vitest'
import { followChanges } from '../../../electron/hosts/cli/provision/outcome.ts'
import { pauseStep, type WorkEvent } from '../../../shared/features/scope.ts'
import type { Result } from '../../../shared/rpc/contract.ts'

const event = (step: string, state: WorkEvent['state']): Result<WorkEvent> => ({
  ok: true,
  value: { at: '2026-12-01T12:00:00Z', step, title: step, state },
})

it('a pause for a login is shown, and is no resource of what was done', async () => {
  async function* work() {
    yield event('stream', 'running')
    yield event(pauseStep(1), 'running')
    yield event(pauseStep(1), 'done')
    yield { ok: false as const, error: { code: 'failed' as const, message: 'broken', retryable: false } }
  }
  const shown: string[] = []
  const display = { work: ({ step, state }: WorkEvent) => shown.push(`${step} ${state}`) }
  const outcome = await followChanges(work(), ['stream', 'bucket'], display as never)
  expect(shown).toEqual(['stream running', 'login-1 running', 'login-1 done'])
  expect(outcome).toMatchObject({ done: [], underWay: 'stream', notBegun: ['bucket'] })
})
