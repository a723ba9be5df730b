import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { ClusterState } from '../cluster.ts'
import { clusterSummary } from '../describe.ts'
import { page } from '../paging.ts'
import type { EmrState } from '../state.ts'

/** Newest first, as AWS gives them in fact (it promises no order). Times are epoch seconds on the wire. */
export const listClusters = operation({
  name: 'ListClusters',
  input: z.object({
    CreatedAfter: z.number().optional(),
    CreatedBefore: z.number().optional(),
    ClusterStates: z.array(ClusterState).optional(),
    Marker: z.string().optional(),
  }),
  run(state: EmrState, { CreatedAfter, CreatedBefore, ClusterStates, Marker }) {
    const wanted = new Set(ClusterStates)
    // The marker is looked up among all clusters: the one it names may have changed its state since.
    const rest = page([...state.clusters.values()].reverse(), cluster => cluster.id, Marker, Number.MAX_SAFE_INTEGER)
    const found = rest.items.filter(
      cluster =>
        (wanted.size === 0 || wanted.has(cluster.state)) &&
        (CreatedAfter === undefined || cluster.createdMs > CreatedAfter * 1000) &&
        (CreatedBefore === undefined || cluster.createdMs < CreatedBefore * 1000),
    )
    const { items, marker } = page(found, cluster => cluster.id, undefined)
    return { Clusters: items.map(cluster => clusterSummary(state, cluster)), Marker: marker }
  },
})
