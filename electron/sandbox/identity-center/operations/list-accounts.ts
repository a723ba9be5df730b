import { loggedIn, pageOf } from '../logged-in.ts'
import type { PortalOperation } from '../operation.ts'

export const listAccounts: PortalOperation = {
  name: 'ListAccounts',
  method: 'GET',
  path: '/assignment/accounts',
  run(state, { query, token }) {
    loggedIn(state, token)
    const { items, nextToken } = pageOf(state.instance?.accounts ?? [], query)
    return {
      accountList: items.map(({ accountId, accountName, emailAddress }) => ({ accountId, accountName, emailAddress })),
      nextToken,
    }
  },
}
