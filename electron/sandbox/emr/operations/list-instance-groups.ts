import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { groupShape } from '../describe.ts'
import { type EmrState, findCluster } from '../state.ts'

/** A cluster has at most 50 groups: there is one page. */
export const listInstanceGroups = operation({
  name: 'ListInstanceGroups',
  input: z.object({ ClusterId: z.string(), Marker: z.string().optional() }),
  run(state: EmrState, { ClusterId }) {
    const cluster = findCluster(state, ClusterId)
    return { InstanceGroups: cluster.groups.map(group => groupShape(cluster, group)) }
  },
})
