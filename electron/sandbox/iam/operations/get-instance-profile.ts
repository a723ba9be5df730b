import type { QueryOperation } from '../../server/query-protocol.ts'
import { instanceProfileName } from '../parameters.ts'
import { instanceProfileShape } from '../shapes.ts'
import { findInstanceProfile, type IamState } from '../state.ts'

export const getInstanceProfile: QueryOperation<IamState> = {
  name: 'GetInstanceProfile',
  run: (state, input) => ({
    InstanceProfile: instanceProfileShape(state, findInstanceProfile(state, instanceProfileName(input))),
  }),
}
