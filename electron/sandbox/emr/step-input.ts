import { z } from 'zod'
import type { AwsError } from '../server/aws-error.ts'
import { ActionOnFailure, type StepRecord } from './cluster.ts'
import { emrId } from './ids.ts'
import { validation } from './state.ts'

/** Text as EMR takes it: no control characters (XmlString). */
export const XmlString = z.string().regex(/^[\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}\r\n\t]*$/u)

/** A StepConfig. */
export const StepInput = z.object({
  Name: XmlString.max(256),
  ActionOnFailure: ActionOnFailure.optional(),
  HadoopJarStep: z.object({
    Jar: XmlString.min(1),
    MainClass: XmlString.optional(),
    Properties: z.array(z.object({ Key: XmlString.default(''), Value: XmlString.default('') })).default([]),
    Args: z.array(XmlString).default([]),
  }),
})

/** All strings of one HadoopJarStep together (AddJobFlowSteps). */
const MAX_STEP_CHARACTERS = 10_240
const MAX_CONCURRENCY = 256

/** @throws what `refuse` makes, outside of 1 to 256 */
export function checkConcurrency(level: number, refuse: (message: string) => AwsError): number {
  if (level < 1 || level > MAX_CONCURRENCY) {
    throw refuse(`Step concurrency level should be between 1 and ${MAX_CONCURRENCY}.`)
  }
  return level
}

/**
 * Pending steps out of what was asked for.
 * @throws AwsError `ValidationException` for one that is too long, or whose ActionOnFailure does not go with steps that
 * run side by side
 */
export function stepRecords(
  steps: readonly z.output<typeof StepInput>[],
  options: { concurrency: number; nowMs: number; executionRoleArn: string | undefined },
): StepRecord[] {
  return steps.map(({ Name, ActionOnFailure: action, HadoopJarStep: { Jar, MainClass, Properties, Args } }) => {
    const strings = [Jar, MainClass ?? '', ...Args, ...Properties.flatMap(({ Key, Value }) => [Key, Value])]
    if (strings.reduce((sum, text) => sum + text.length, 0) > MAX_STEP_CHARACTERS) {
      throw validation(
        `The string values passed into HadoopJarStep object cannot exceed a total of ${MAX_STEP_CHARACTERS} ` +
          'characters.',
      )
    }
    if (options.concurrency > 1 && action !== undefined && action !== 'CONTINUE') {
      throw validation(
        `ActionOnFailure ${action} is not valid for a cluster with a StepConcurrencyLevel greater than 1: use ` +
          'CONTINUE.',
      )
    }
    return {
      id: emrId('s'),
      name: Name,
      actionOnFailure: action ?? (options.concurrency > 1 ? 'CONTINUE' : 'TERMINATE_CLUSTER'),
      jar: Jar,
      ...(MainClass !== undefined && { mainClass: MainClass }),
      properties: Object.fromEntries(Properties.map(({ Key, Value }) => [Key, Value])),
      args: Args,
      ...(options.executionRoleArn !== undefined && { executionRoleArn: options.executionRoleArn }),
      state: 'PENDING',
      createdMs: options.nowMs,
      attempts: 0,
      shortAttempts: 0,
    }
  })
}
