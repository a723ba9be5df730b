import type { QueryOperation } from '../../server/query-protocol.ts'
import { nameOf } from '../parameters.ts'
import { type IamState, noSuchEntity } from '../state.ts'

/** Without a name: who asks, which is the account's root user. The sandbox has no others. */
export const getUser: QueryOperation<IamState> = {
  name: 'GetUser',
  run(state, input) {
    if (input.has('UserName'))
      throw noSuchEntity(`The user with name ${nameOf(input, 'UserName', 64)} cannot be found.`)
    return { User: { UserId: state.account, Arn: `arn:aws:iam::${state.account}:root`, CreateDate: new Date(0) } }
  },
}
