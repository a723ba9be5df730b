import { z } from 'zod'

/** The id of a partition: what kinds of sources have in common (Kinesis API reference, ShardId; Kafka: a number). */
export const PartitionId = z.string().regex(/^[\w.-]{1,128}$/, 'the id of a partition: letters, digits, . - and _')

/** What every operation of a pipeline is asked about: where it lives and which one it is. */
export const PipelineScope = z.strictObject({
  /** A target's id, `sandbox` or the name of an AWS profile. */
  target: z.string().min(1),
  /** A pipeline spec's id. */
  pipeline: z.string().min(1),
})
export type PipelineScope = z.infer<typeof PipelineScope>

/** A number that was not measured where it is shown says how it came about. */
export const Source = z.object({ name: z.string(), estimated: z.boolean(), at: z.iso.datetime() })
export type Source = z.infer<typeof Source>

/** One line of a long piece of work, as it happens. */
export const WorkEvent = z.object({
  at: z.iso.datetime(),
  /** Names the step, the same from its start to its end. */
  step: z.string(),
  title: z.string(),
  state: z.enum(['running', 'done', 'skipped', 'failed']),
  detail: z.string().optional(),
  /** 0 to 1, where it is known. */
  fraction: z.number().min(0).max(1).optional(),
  /** How many steps this piece of work has in all, where it is known from the start. */
  total: z.int().min(1).optional(),
})
export type WorkEvent = z.infer<typeof WorkEvent>

/** The step that says that work waits until somebody logs in: none of the work's own, and nothing that was done. */
export const pauseStep = (times: number): string => `login-${times}`
export const isPause = ({ step }: Pick<WorkEvent, 'step'>): boolean => /^login-\d+$/.test(step)
