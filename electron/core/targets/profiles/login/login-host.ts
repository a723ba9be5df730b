/** What the browser brought back: a code, or why there is none. */
export type Callback = { code: string } | { error: string; description: string | null }

/** A port on loopback where a browser is sent back to, with the answer to one login. */
export interface CallbackPort {
  /** `http://127.0.0.1:4242/oauth/callback`. */
  redirectUri: string
  /** The answer that carries the state of this login; any other one is refused, and waited on. */
  answer: Promise<Callback>
  close(): Promise<void>
}

/** What a login needs of the host. */
export interface LoginHost {
  openCallback(state: string): Promise<CallbackPort>
}
