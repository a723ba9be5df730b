import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** An address that nobody has opened so long may have been read by somebody else meanwhile. */
export const TOKEN_LIFE_MS = 15 * 60_000
/** Browsers that are let in; the oldest has to ask again when there are more. */
const MAX_BROWSERS = 16
/** Bytes of a secret: nobody guesses 192 bits. */
const SECRET_BYTES = 24

export type Admission =
  | { state: 'let in'; cookie: string }
  /** There is no such token, it was used, or nobody used it in time. */
  | { state: 'unknown' | 'used' | 'expired' }

/**
 * Who may have the page: a token lets one browser in, once; that browser is known by a secret of its own from then on.
 */
export interface Access {
  /** A new token; the one before is worth nothing from now on. */
  newToken(): string
  /** Lets a browser in with its token. */
  admit(token: string): Admission
  /** Whether this is the secret of a browser that was let in. */
  knows(cookie: string): boolean
}

/** `nowMs` is monotonic; `onUsed` is called when the token has let a browser in. */
export function createAccess(nowMs: () => number, onUsed: () => void = () => undefined): Access {
  let token: { digest: Buffer; madeMs: number; used: boolean } | undefined
  const browsers: Buffer[] = []
  return {
    newToken() {
      const secret = newSecret()
      token = { digest: digestOf(secret), madeMs: nowMs(), used: false }
      return secret
    },
    admit(offered) {
      if (!token || !timingSafeEqual(digestOf(offered), token.digest)) return { state: 'unknown' }
      if (token.used) return { state: 'used' }
      if (nowMs() - token.madeMs > TOKEN_LIFE_MS) return { state: 'expired' }
      token.used = true
      const cookie = newSecret()
      browsers.unshift(digestOf(cookie))
      browsers.splice(MAX_BROWSERS)
      onUsed()
      return { state: 'let in', cookie }
    },
    knows(cookie) {
      const digest = digestOf(cookie)
      // All are compared: how long it takes says nothing about which one it is.
      return browsers.filter(known => timingSafeEqual(digest, known)).length > 0
    },
  }
}

const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url')

/** Digests are of one length, and what is kept is no secret. */
const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()
