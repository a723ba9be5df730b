import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { isAlive } from '../cluster.ts'
import { type EmrState, findJobFlow, validation } from '../state.ts'

/**
 * Those that are not protected are shut down, also when others are: the error says that some were not (User Guide,
 * protection).
 */
export const terminateJobFlows = operation({
  name: 'TerminateJobFlows',
  input: z.object({ JobFlowIds: z.array(z.string()).min(1).max(10) }),
  run(state: EmrState, { JobFlowIds }) {
    const clusters = JobFlowIds.map(id => findJobFlow(state, id))
    for (const cluster of clusters) {
      if (!cluster.terminationProtected) state.change(cluster.id, { kind: 'terminate' })
    }
    if (clusters.some(cluster => cluster.terminationProtected && isAlive(cluster))) {
      throw validation('Could not shut down one or more job flows since they are termination protected.')
    }
  },
})
