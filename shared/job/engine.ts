import { z } from 'zod'

/**
 * What runs a streaming job: `embedded` is Sluice's own, of the sandbox only; `spark` is Spark, here or on EMR. Both
 * share one checkpoint format.
 */
export const Engine = z.enum(['embedded', 'spark'])
export type Engine = z.infer<typeof Engine>
