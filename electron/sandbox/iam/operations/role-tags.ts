import { memberList, type QueryOperation } from '../../server/query-protocol.ts'
import { mergeTags, nameOf, pageOf, tagsOf } from '../parameters.ts'
import { findRole, type IamState } from '../state.ts'

export const tagRole: QueryOperation<IamState> = {
  name: 'TagRole',
  run(state, input) {
    const role = findRole(state, nameOf(input, 'RoleName', 64))
    role.tags = mergeTags(role.tags, tagsOf(input))
    state.save()
    return undefined
  },
}

/** A key that the role does not have is no error. */
export const untagRole: QueryOperation<IamState> = {
  name: 'UntagRole',
  run(state, input) {
    const role = findRole(state, nameOf(input, 'RoleName', 64))
    const keys = new Set(memberList(input, 'TagKeys').map(key => key.toLowerCase()))
    role.tags = role.tags.filter(tag => !keys.has(tag.Key.toLowerCase()))
    state.save()
    return undefined
  },
}

export const listRoleTags: QueryOperation<IamState> = {
  name: 'ListRoleTags',
  run(state, input) {
    const { items, end } = pageOf(input, findRole(state, nameOf(input, 'RoleName', 64)).tags, tag => tag.Key)
    return { Tags: items, ...end }
  },
}
