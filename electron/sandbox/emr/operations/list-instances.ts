import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { instanceShapes } from '../describe.ts'
import { page } from '../paging.ts'
import { type EmrState, findCluster, invalidRequest } from '../state.ts'

const MAX_INSTANCES = 2_000

export const listInstances = operation({
  name: 'ListInstances',
  input: z.object({
    ClusterId: z.string(),
    InstanceGroupId: z.string().optional(),
    InstanceGroupTypes: z.array(z.enum(['MASTER', 'CORE', 'TASK'])).optional(),
    InstanceFleetId: z.string().optional(),
    InstanceFleetType: z.string().optional(),
    InstanceStates: z
      .array(z.enum(['AWAITING_FULFILLMENT', 'PROVISIONING', 'BOOTSTRAPPING', 'RUNNING', 'TERMINATED']))
      .optional(),
    Marker: z.string().optional(),
  }),
  run(state: EmrState, input) {
    const cluster = findCluster(state, input.ClusterId)
    if (input.InstanceFleetId !== undefined || input.InstanceFleetType !== undefined) {
      throw invalidRequest(
        'Instance fleets and instance groups are mutually exclusive. The EMR cluster specified in the request ' +
          'uses instance groups.',
      )
    }
    if (input.InstanceGroupId !== undefined && !cluster.groups.some(group => group.id === input.InstanceGroupId)) {
      throw invalidRequest(`Instance group id '${input.InstanceGroupId}' is not valid.`)
    }
    const types = new Set(input.InstanceGroupTypes)
    const states = new Set<string>(input.InstanceStates)
    const found = cluster.groups
      .filter(group => input.InstanceGroupId === undefined || group.id === input.InstanceGroupId)
      .filter(group => types.size === 0 || types.has(group.role))
      .flatMap(group => instanceShapes(cluster, group))
      .filter(instance => states.size === 0 || states.has(instance.Status.State))
    const { items, marker } = page(found, instance => instance.Id, input.Marker, MAX_INSTANCES)
    return { Instances: items, Marker: marker }
  },
})
