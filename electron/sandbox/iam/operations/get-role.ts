import type { QueryOperation } from '../../server/query-protocol.ts'
import { roleName } from '../parameters.ts'
import { fullRoleShape } from '../shapes.ts'
import { findRole, type IamState } from '../state.ts'

export const getRole: QueryOperation<IamState> = {
  name: 'GetRole',
  run: (state, input) => ({ Role: fullRoleShape(state, findRole(state, roleName(input))) }),
}
