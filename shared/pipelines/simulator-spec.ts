import { z } from 'zod'

/** How the simulator makes the events of a pipeline. */
export const SimulatorSpec = z.strictObject({
  /** Event time of the first event of a seed. Fixed, so that the same seed gives the same events on any day. */
  epoch: z.iso.datetime(),
})
export type SimulatorSpec = z.infer<typeof SimulatorSpec>
