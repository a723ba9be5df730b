import { type QueryInput, required } from '../server/query-protocol.ts'
import { validationError } from './parameters.ts'
import { checkPolicyDocument, documentSize } from './policy-document.ts'
import { limitExceeded } from './state.ts'

/** IAM User Guide, IAM and STS quotas. */
const MAX_TRUST_POLICY = 2_048

/** @throws AwsError `MalformedPolicyDocument`, `LimitExceeded` */
export function trustPolicy(input: QueryInput, parameter: string): string {
  const document = required(input, parameter)
  checkPolicyDocument(document, 'trust')
  if (documentSize(document) > MAX_TRUST_POLICY) throw limitExceeded('ACLSizePerRole', MAX_TRUST_POLICY)
  return document
}

/** Empty when none is given. @throws AwsError `ValidationError` */
export function descriptionOf(input: QueryInput): string {
  const description = input.get('Description') ?? ''
  if (description.length > 1_000) {
    throw validationError(
      "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have length " +
        'less than or equal to 1000',
    )
  }
  return description
}

/** Seconds; undefined when none is given. @throws AwsError `ValidationError` */
export function maxSession(input: QueryInput): number | undefined {
  const text = input.get('MaxSessionDuration')
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (Number.isInteger(seconds) && seconds >= 3_600 && seconds <= 43_200) return seconds
  throw validationError(
    `1 validation error detected: Value '${text}' at 'maxSessionDuration' failed to satisfy constraint: Member ` +
      'must have value between 3600 and 43200',
  )
}
