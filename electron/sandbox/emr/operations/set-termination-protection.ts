import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { isAlive } from '../cluster.ts'
import { type EmrState, findJobFlow, validation } from '../state.ts'

export const setTerminationProtection = operation({
  name: 'SetTerminationProtection',
  input: z.object({ JobFlowIds: z.array(z.string()).min(1).max(10), TerminationProtected: z.boolean() }),
  run(state: EmrState, { JobFlowIds, TerminationProtected }) {
    const clusters = JobFlowIds.map(id => findJobFlow(state, id))
    if (!clusters.every(isAlive)) {
      throw validation('A job flow that is shutting down, terminated, or finished may not be modified.')
    }
    for (const { id } of clusters) state.change(id, { kind: 'protection-set', on: TerminationProtected })
  },
})
