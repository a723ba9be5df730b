import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { isAlive } from '../cluster.ts'
import { type EmrState, findCluster, invalidRequest } from '../state.ts'
import { checkConcurrency } from '../step-input.ts'

export const modifyCluster = operation({
  name: 'ModifyCluster',
  input: z.object({
    ClusterId: z.string(),
    StepConcurrencyLevel: z.int().optional(),
    ExtendedSupport: z.boolean().optional(),
  }),
  run(state: EmrState, { ClusterId, StepConcurrencyLevel }) {
    const cluster = findCluster(state, ClusterId)
    if (StepConcurrencyLevel === undefined) return { StepConcurrencyLevel: cluster.stepConcurrency }
    if (!isAlive(cluster))
      throw invalidRequest(`Cluster id '${ClusterId}' is shutting down or terminated and cannot be modified.`)
    const level = checkConcurrency(StepConcurrencyLevel, invalidRequest)
    state.change(ClusterId, { kind: 'step-concurrency-set', level })
    return { StepConcurrencyLevel: level }
  },
})
