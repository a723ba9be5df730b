import { describe, expect, it } from 'vitest'
import { partStaleSince, staleSince } from '../../../renderer/features/home/stale-since.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const part = (ageMs: number, error?: string) =>
  ({ value: {}, receivedMs: NOW - ageMs, ...(error && { error: { code: 'unavailable', message: error } }) }) as never
const parts = (change: Record<string, unknown> = {}) =>
  ({ stream: part(900), lag: part(900), jobs: part(900), ...change }) as Parameters<typeof staleSince>[0]
const AROUND = { lostSinceMs: undefined, sandbox: { state: 'running', since: '2026-11-20T11:00:00Z' } } as const

describe('the state that Home shows', () => {
  it('the state is known while every part answers, and during an error of a moment', () => {
    expect(staleSince(parts(), AROUND, NOW)).toBeUndefined()
    expect(staleSince(parts({ lag: part(2_000, 'refused') }), AROUND, NOW)).toBeUndefined()
  })

  it('the state is unknown since the last answer of a part that fails, or is silent for long', () => {
    expect(staleSince(parts({ lag: part(6_000, 'refused') }), AROUND, NOW)).toBe(NOW - 6_000)
    expect(staleSince(parts({ jobs: part(41_000) }), AROUND, NOW)).toBe(NOW - 41_000)
  })

  it('the state is unknown since the sandbox is away, though its answers are new, or the connection was lost', () => {
    const away = { lostSinceMs: undefined, sandbox: { state: 'silent', since: '2026-11-20T11:59:58Z' } } as const
    expect(staleSince(parts(), away, NOW)).toBe(NOW - 2_000)
    expect(staleSince(parts(), { ...AROUND, lostSinceMs: NOW - 3_000 }, NOW)).toBe(NOW - 3_000)
  })

  it('the state is not stale before anything was known: Home shows that it is loading', () => {
    expect(staleSince(parts({ stream: {} }), { ...AROUND, lostSinceMs: NOW - 3_000 }, NOW)).toBeUndefined()
  })
})

describe('the state of one part', () => {
  const away = { lostSinceMs: undefined, sandbox: { state: 'silent', since: '2026-11-20T11:59:58Z' } } as const

  it('a part that does not depend on the sandbox stays known while that is away, and one that does is not', () => {
    expect(partStaleSince(part(900), away, NOW)).toBe(NOW - 2_000)
    expect(partStaleSince(part(900), { ...away, sandbox: undefined }, NOW)).toBeUndefined()
  })

  it('a part that is asked for seldom is known for longer, unless it fails', () => {
    expect(partStaleSince(part(60_000), AROUND, NOW)).toBe(NOW - 60_000)
    expect(partStaleSince(part(60_000), AROUND, NOW, 90_000)).toBeUndefined()
    expect(partStaleSince(part(60_000, 'refused'), AROUND, NOW, 90_000)).toBe(NOW - 60_000)
  })

  it('a part that was never known is not stale', () => {
    expect(partStaleSince({}, { ...AROUND, lostSinceMs: NOW - 3_000 }, NOW)).toBeUndefined()
  })
})
