import { randomBytes } from 'node:crypto'
import { assigned, loggedIn, noAccess } from '../logged-in.ts'
import { type PortalOperation, requiredOf } from '../operation.ts'
import { newSecret } from '../state.ts'

/** The keys are nobody's: no service of the sandbox knows them. */
export const getRoleCredentials: PortalOperation = {
  name: 'GetRoleCredentials',
  method: 'GET',
  path: '/federation/credentials',
  run(state, { query, token }) {
    const roleName = requiredOf(query, 'role_name')
    const accountId = requiredOf(query, 'account_id')
    loggedIn(state, token)
    if (!assigned(state, accountId).roles.includes(roleName)) throw noAccess()
    return {
      roleCredentials: {
        accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
        secretAccessKey: newSecret(),
        sessionToken: newSecret(),
        expiration: state.now() + state.lifetimes.role * 1_000,
      },
    }
  },
}
