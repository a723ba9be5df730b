import { loggedIn } from '../logged-in.ts'
import type { PortalOperation } from '../operation.ts'

/** Ends the session with all its tokens, those that refresh it too. Credentials of roles that were given stay good. */
export const logout: PortalOperation = {
  name: 'Logout',
  method: 'POST',
  path: '/logout',
  run(state, { token }) {
    state.sessions.delete(loggedIn(state, token).session)
    return undefined
  },
}
