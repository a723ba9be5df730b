import { z } from 'zod'
import { Engine } from '../job/engine.ts'
import { call } from '../rpc/contract.ts'

/** Where a pipeline lives. Data: nothing asks for the kind to decide what to do. */
export const Target = z.object({
  id: z.string(),
  kind: z.enum(['sandbox', 'aws']),
  title: z.string(),
  /** The profile of the AWS CLI whose credentials it uses; absent for the sandbox. */
  profile: z.string().optional(),
  region: z.string(),
  /** Twelve digits; empty while it is not known (the profile does not say, nobody has asked STS). */
  account: z.string(),
  /** A CSS colour that frames the window. */
  colour: z.string(),
  protection: z.enum(['none', 'read-only']),
  /** The address that all its clients use; absent for AWS's own. */
  endpoint: z.string().optional(),
  /**
   * Why it cannot be used, as the end of a sentence that begins with its name; absent for all others. It is shown, and
   * no client is made for it.
   */
  problem: z.string().optional(),
  /** What can run a job there. */
  engines: z.array(Engine),
  /** The warehouse that queries go to. */
  warehouse: z.object({ clusterIdentifier: z.string(), database: z.string(), dbUser: z.string() }),
})
export type Target = z.infer<typeof Target>

export const targetsContract = {
  list: call(z.strictObject({}), z.array(Target)),
  /** Asks STS who the credentials are. */
  identity: call(
    z.strictObject({ target: z.string() }),
    z.object({ account: z.string(), arn: z.string(), userId: z.string(), at: z.iso.datetime() }),
  ),
}
