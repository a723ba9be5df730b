import type { QueryOperation } from '../../server/query-protocol.ts'
import type { InstanceProfile } from '../entities.ts'
import { instanceProfileName, mergeTags, pathOf, tagsOf } from '../parameters.ts'
import { instanceProfileShape } from '../shapes.ts'
import { alreadyExists, type IamState, limitExceeded, sameName, uniqueId } from '../state.ts'

/** Default quota of an account (IAM User Guide, IAM and STS quotas). */
const MAX_INSTANCE_PROFILES = 1_000

export const createInstanceProfile: QueryOperation<IamState> = {
  name: 'CreateInstanceProfile',
  run(state, input) {
    const profile: InstanceProfile = {
      name: instanceProfileName(input),
      path: pathOf(input),
      id: uniqueId('AIPA'),
      createdMs: state.now(),
      tags: mergeTags([], tagsOf(input)),
    }
    if (state.instanceProfiles.some(other => sameName(other.name, profile.name))) {
      throw alreadyExists(`Instance Profile ${profile.name} already exists.`)
    }
    if (state.instanceProfiles.length >= MAX_INSTANCE_PROFILES) {
      throw limitExceeded('InstanceProfilesPerAccount', MAX_INSTANCE_PROFILES)
    }
    state.instanceProfiles.push(profile)
    state.save()
    return { InstanceProfile: instanceProfileShape(state, profile) }
  },
}
