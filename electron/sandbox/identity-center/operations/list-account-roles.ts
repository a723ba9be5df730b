import { assigned, loggedIn, pageOf } from '../logged-in.ts'
import { type PortalOperation, requiredOf } from '../operation.ts'

export const listAccountRoles: PortalOperation = {
  name: 'ListAccountRoles',
  method: 'GET',
  path: '/assignment/roles',
  run(state, { query, token }) {
    const accountId = requiredOf(query, 'account_id')
    loggedIn(state, token)
    const { items, nextToken } = pageOf(assigned(state, accountId).roles, query)
    return { roleList: items.map(roleName => ({ roleName, accountId })), nextToken }
  },
}
