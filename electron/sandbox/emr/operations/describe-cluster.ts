import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { clusterShape } from '../describe.ts'
import { type EmrState, findCluster } from '../state.ts'

export const describeCluster = operation({
  name: 'DescribeCluster',
  input: z.object({ ClusterId: z.string() }),
  run: (state: EmrState, { ClusterId }) => ({ Cluster: clusterShape(state, findCluster(state, ClusterId)) }),
})
