import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { isAlive } from '../cluster.ts'
import { resized } from '../instances-input.ts'
import { type EmrState, findCluster, invalidRequest } from '../state.ts'

/** Its new count is there at once: the sandbox has no machines that would have to start. */
export const modifyInstanceGroups = operation({
  name: 'ModifyInstanceGroups',
  input: z.object({
    ClusterId: z.string(),
    InstanceGroups: z.array(z.object({ InstanceGroupId: z.string(), InstanceCount: z.int().min(0) })).default([]),
  }),
  run(state: EmrState, { ClusterId, InstanceGroups }) {
    const cluster = findCluster(state, ClusterId)
    if (!isAlive(cluster))
      throw invalidRequest(`Cluster id '${ClusterId}' is shutting down or terminated and cannot be modified.`)
    // The call succeeds or fails as a whole.
    const changed = InstanceGroups.map(({ InstanceGroupId, InstanceCount }) => {
      const group = cluster.groups.find(entry => entry.id === InstanceGroupId)
      if (!group) throw invalidRequest(`Instance group id '${InstanceGroupId}' is not valid.`)
      if (group.role === 'MASTER') throw invalidRequest('Master instance group cannot be resized.')
      if (group.role === 'CORE' && InstanceCount === 0)
        throw invalidRequest('The instance count of the core instance group must be greater than 0.')
      return resized(cluster, group, InstanceCount, state.now())
    })
    for (const group of changed) state.change(ClusterId, { kind: 'group-changed', group })
  },
})
