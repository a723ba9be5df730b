import { describe, expect, it } from 'vitest'
import { createAccess } from '../../../electron/hosts/web/access.ts'

describe('access to the console', () => {
  it('is never given without a token, and to sixteen browsers at a time', () => {
    const access = createAccess(() => 0)
    expect(access.admit('')).toEqual({ state: 'unknown' })
    const cookies = Array.from({ length: 17 }, () => {
      const admitted = access.admit(access.newToken())
      return admitted.state === 'let in' ? admitted.cookie : ''
    })
    expect(new Set(cookies).size).toBe(17)
    expect(cookies.map(cookie => access.knows(cookie))).toEqual([false, ...Array.from({ length: 16 }, () => true)])
    expect(access.knows('')).toBe(false)
  })
})
