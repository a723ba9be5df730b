import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import type { ClusterRecord } from '../cluster.ts'
import { clusterArn, type EmrState, invalidRequest } from '../state.ts'
import { newestUi } from './get-on-cluster-app-ui-presigned-url.ts'

/** A cluster has one, which outlives it; its id is made of the cluster's. */
const idOf = (cluster: ClusterRecord): string => `p-${cluster.id.slice(2)}`

/** Made again for the same cluster, it is the one that is there. */
export const createPersistentAppUI = operation({
  name: 'CreatePersistentAppUI',
  input: z.strictObject({
    TargetResourceArn: z.string().min(20).max(2_048),
    ProfilerType: z.enum(['SHS', 'TEZUI', 'YTS']).optional(),
  }),
  run(state: EmrState, { TargetResourceArn, ProfilerType = 'SHS' }) {
    if (ProfilerType !== 'SHS') throw invalidRequest(`The sandbox has no ${ProfilerType}: only Spark's UI (SHS).`)
    const cluster = [...state.clusters.values()].find(({ id }) => clusterArn(state, id) === TargetResourceArn)
    if (!cluster) throw invalidRequest(`The resource ${TargetResourceArn} is not valid.`)
    state.change(cluster.id, { kind: 'app-ui-created' })
    return { PersistentAppUIId: idOf(cluster), RuntimeRoleEnabledCluster: false }
  },
})

const PersistentAppUIId = z.string().max(256)

export const describePersistentAppUI = operation({
  name: 'DescribePersistentAppUI',
  input: z.strictObject({ PersistentAppUIId }),
  run(state: EmrState, input) {
    const { appUiCreatedMs = 0 } = find(state, input.PersistentAppUIId)
    return {
      PersistentAppUI: {
        PersistentAppUIId: input.PersistentAppUIId,
        PersistentAppUITypeList: ['SHS'],
        PersistentAppUIStatus: 'ATTACHED',
        CreationTime: new Date(appUiCreatedMs),
        LastModifiedTime: new Date(appUiCreatedMs),
        Tags: [],
      },
    }
  },
})

/** There is no history server here: it is the UI of the application that runs, while one does. */
export const getPersistentAppUIPresignedURL = operation({
  name: 'GetPersistentAppUIPresignedURL',
  input: z.strictObject({
    PersistentAppUIId,
    PersistentAppUIType: z.enum(['SHS', 'TEZ', 'YTS']).default('SHS'),
    ApplicationId: z.string().max(256).optional(),
  }),
  async run(state: EmrState, input) {
    const cluster = find(state, input.PersistentAppUIId)
    if (input.PersistentAppUIType !== 'SHS')
      throw invalidRequest(`The sandbox has no ${input.PersistentAppUIType}: only Spark's UI (SHS).`)
    const address = await newestUi(state, cluster)
    return { PresignedURLReady: address !== undefined, ...(address !== undefined && { PresignedURL: address }) }
  },
})

function find(state: EmrState, id: string): ClusterRecord {
  const found = [...state.clusters.values()].find(
    cluster => cluster.appUiCreatedMs !== undefined && idOf(cluster) === id,
  )
  if (!found) throw invalidRequest(`Persistent application user interface '${id}' is not valid.`)
  return found
}
