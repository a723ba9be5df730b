import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { type EmrState, findCluster } from '../state.ts'

/** A cluster has at most 16 of them: there is one page. */
export const listBootstrapActions = operation({
  name: 'ListBootstrapActions',
  input: z.object({ ClusterId: z.string(), Marker: z.string().optional() }),
  run: (state: EmrState, { ClusterId }) => ({
    BootstrapActions: findCluster(state, ClusterId).bootstrapActions.map(({ name, path, args }) => ({
      Name: name,
      ScriptPath: path,
      Args: args,
    })),
  }),
})
