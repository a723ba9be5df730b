import { z } from 'zod'
import type { Settings } from '../bucket.ts'
import type { S3Request } from '../exchange.ts'
import { s3Error } from '../s3-error.ts'
import { readText } from '../xml.ts'

/** User Guide, "Policies and permissions": 20 KB. */
const MAX_POLICY_BYTES = 20 * 1024

const texts = z.union([z.string(), z.array(z.string()).min(1)])
const Principal = z.union([z.literal('*'), z.record(z.string(), texts)])
const Statement = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: Principal.optional(),
  NotPrincipal: Principal.optional(),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
})
type Statement = z.output<typeof Statement>
const Policy = z.object({
  Version: z.enum(['2008-10-17', '2012-10-17']).optional(),
  Statement: z.union([Statement, z.array(Statement).min(1)]),
})

const listOfTexts = (value: string | string[] | undefined): string[] => (value === undefined ? [] : [value].flat())
const statementsOf = (text: string): Statement[] => [Policy.parse(JSON.parse(text)).Statement].flat()

/**
 * Reads a policy and checks its form (User Guide, "Bucket policies"): each statement says who, what and on which part
 * of this bucket.
 * @throws AwsError `MalformedPolicy`
 */
export async function readPolicy(request: S3Request): Promise<string> {
  const text = await readText(request.raw, MAX_POLICY_BYTES)
  if (!text.startsWith('{')) throw s3Error('MalformedPolicy')
  let statements: Statement[]
  try {
    statements = statementsOf(text)
  } catch (cause) {
    const message = cause instanceof SyntaxError ? undefined : 'Policy has invalid or missing elements'
    throw Object.assign(s3Error('MalformedPolicy', message), { cause })
  }
  for (const statement of statements) checkStatement(statement, request.bucketName)
  return text
}

function checkStatement(statement: Statement, bucket: string): void {
  const { Principal: who, NotPrincipal: notWho, Action, NotAction, Resource, NotResource } = statement
  for (const [name, members] of [
    ['Principal', [who, notWho]],
    ['Action', [Action, NotAction]],
    ['Resource', [Resource, NotResource]],
  ] as const)
    if (members.filter(Boolean).length !== 1)
      throw s3Error('MalformedPolicy', `Missing required field ${name} cannot be empty!`)
  if ([...listOfTexts(Action), ...listOfTexts(NotAction)].some(action => action !== '*' && !/^s3:/i.test(action)))
    throw s3Error('MalformedPolicy', 'Policy has invalid action')
  const own = new RegExp(`^arn:aws:s3:::${bucket.replaceAll('.', '\\.')}(?:/|$)`)
  if ([...listOfTexts(Resource), ...listOfTexts(NotResource)].some(resource => !own.test(resource)))
    throw s3Error('MalformedPolicy', 'Policy has invalid resource')
}

/** Conditions by which a statement for everybody is not public (User Guide, "The meaning of 'public'"). */
const NARROWING = new Set([
  'aws:principalorgid',
  'aws:principalarn',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceip',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:sourceowner',
  'aws:userid',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
])

function isPublic({ Effect, Principal: who, NotPrincipal, Condition = {} }: Statement): boolean {
  if (Effect !== 'Allow') return false
  const keys = Object.values(Condition).flatMap(condition => Object.keys(condition))
  if (keys.some(key => NARROWING.has(key.toLowerCase()))) return false
  return NotPrincipal !== undefined || who === '*' || listOfTexts(who?.AWS).includes('*')
}

/** @throws AwsError `AccessDenied` for a public policy where the bucket blocks these */
export function refusePublic(text: string, { documents }: Settings): void {
  const block = documents.publicAccessBlock
  // As a bucket is made, all is blocked; an empty text stands for a block that was taken away.
  const isBlocked = block === undefined || /<BlockPublicPolicy>\s*true\s*</i.test(block)
  if (isBlocked && statementsOf(text).some(isPublic))
    throw s3Error(
      'AccessDenied',
      'User is not authorized to perform: s3:PutBucketPolicy on this bucket because public policies are prevented by ' +
        'the BlockPublicPolicy setting in S3 Block Public Access.',
    )
}
