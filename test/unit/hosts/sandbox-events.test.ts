import { expect, it } from 'vitest'
import { eventsOf } from '../../../electron/hosts/sandbox/supervise.ts'
import type { ProgramState } from '../../../shared/features/programs.ts'

/** The events of a sandbox that went through these states, after it ran. */
function eventsThrough(states: readonly ProgramState['state'][]): string[] {
  const events: string[] = []
  const report = eventsOf({
    onEvent: text => events.push(text),
    endpoint: () => 'http://127.0.0.1:1',
    ending: () => ({ code: null, signal: 'SIGKILL' }),
    file: 'sandbox.log',
  })
  const since = '2026-11-20T12:00:00.000Z'
  for (const state of ['starting', 'running', ...states] as const)
    report({ name: 'sandbox', state, since, attempts: 0, retryAt: null, reason: null, log: [] })
  return events
}

it('a sandbox that dies and starts again is reported as restarted', () => {
  expect(eventsThrough(['waiting', 'starting', 'running'])).toEqual([
    'the sandbox died (SIGKILL); starting it again',
    'the sandbox was restarted at http://127.0.0.1:1',
  ])
})

it('a sandbox whose restart takes so long that it does not respond is reported as restarted, too', () => {
  expect(eventsThrough(['waiting', 'starting', 'silent', 'running'])).toEqual([
    'the sandbox died (SIGKILL); starting it again',
    'the sandbox is not responding',
    'the sandbox was restarted at http://127.0.0.1:1',
  ])
})

it('a sandbox that was only stopped for a while is reported as responding again', () => {
  expect(eventsThrough(['silent', 'running'])).toEqual([
    'the sandbox is not responding',
    'the sandbox is responding again',
  ])
})
