import { AwsError } from '../server/aws-error.ts'

/**
 * The refusal of one member of a request, in the words of AWS. Name the member as AWS does (`records.1.member.data`);
 * its value if it is short.
 */
export const invalid = (member: string, constraint: string, value?: string | number): AwsError =>
  new AwsError(
    'ValidationException',
    `1 validation error detected: Value ${value === undefined ? '' : `'${value}' `}at '${member}' failed to ` +
      `satisfy constraint: ${constraint}`,
  )
