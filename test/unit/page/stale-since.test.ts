import { describe, expect, it } from 'vitest'
import { staleSince } from '../../../renderer/features/home/stale-since.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const part = (ageMs: number, error?: string) =>
  ({ value: {}, receivedMs: NOW - ageMs, ...(error && { error: { code: 'unavailable', message: error } }) }) as never
const parts = (change: Record<string, unknown> = {}) =>
  ({ stream: part(900), lag: part(900), jobs: part(900), ...change }) as Parameters<typeof staleSince>[0]
const AROUND = { lostSinceMs: undefined, sandbox: { state: 'running', since: '2026-11-20T11:00:00Z' } } as const

describe('the state that Home shows is unknown', () => {
  it('not while every part answers, and not for an error of a moment', () => {
    expect(staleSince(parts(), AROUND, NOW)).toBeUndefined()
    expect(staleSince(parts({ lag: part(2_000, 'refused') }), AROUND, NOW)).toBeUndefined()
  })

  it('since a part that fails last answered, and since one that is silent for long', () => {
    expect(staleSince(parts({ lag: part(6_000, 'refused') }), AROUND, NOW)).toBe(NOW - 6_000)
    expect(staleSince(parts({ jobs: part(41_000) }), AROUND, NOW)).toBe(NOW - 41_000)
  })

  it('since the sandbox is away, though its last answers are new, and since the connection was lost', () => {
    const away = { lostSinceMs: undefined, sandbox: { state: 'silent', since: '2026-11-20T11:59:58Z' } } as const
    expect(staleSince(parts(), away, NOW)).toBe(NOW - 2_000)
    expect(staleSince(parts(), { ...AROUND, lostSinceMs: NOW - 3_000 }, NOW)).toBe(NOW - 3_000)
  })

  it('not before anything was known: then Home says that it is asking', () => {
    expect(staleSince(parts({ stream: {} }), { ...AROUND, lostSinceMs: NOW - 3_000 }, NOW)).toBeUndefined()
  })
})
