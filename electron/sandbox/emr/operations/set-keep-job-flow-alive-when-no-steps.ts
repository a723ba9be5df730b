import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { isAlive } from '../cluster.ts'
import { type EmrState, findJobFlow, validation } from '../state.ts'

/** A cluster that waits for steps and is no longer kept alive terminates at once. */
export const setKeepJobFlowAliveWhenNoSteps = operation({
  name: 'SetKeepJobFlowAliveWhenNoSteps',
  input: z.object({ JobFlowIds: z.array(z.string()).min(1).max(10), KeepJobFlowAliveWhenNoSteps: z.boolean() }),
  run(state: EmrState, { JobFlowIds, KeepJobFlowAliveWhenNoSteps }) {
    const clusters = JobFlowIds.map(id => findJobFlow(state, id))
    if (!clusters.every(isAlive)) {
      throw validation('A job flow that is shutting down, terminated, or finished may not be modified.')
    }
    for (const { id } of clusters) state.change(id, { kind: 'keep-alive-set', on: KeepJobFlowAliveWhenNoSteps })
  },
})
