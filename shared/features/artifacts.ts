import { z } from 'zod'
import { call, stream } from '../rpc/contract.ts'
import { PipelineScope, WorkEvent } from './scope.ts'

const Artifact = z.object({
  /** The path below the project. */
  source: z.string(),
  bucket: z.string(),
  key: z.string(),
  sizeBytes: z.int(),
  sha256: z.string(),
  state: z.enum(['new', 'changed', 'same']),
})
export type Artifact = z.infer<typeof Artifact>

export const artifactsContract = {
  /** What is deployed against what is here, by content. */
  list: call(PipelineScope, z.array(Artifact)),
  /** Uploads what is new or changed. */
  deploy: stream(PipelineScope, WorkEvent, { overflow: 'wait' }),
}
