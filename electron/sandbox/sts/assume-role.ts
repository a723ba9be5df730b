import { randomBytes } from 'node:crypto'
import { AwsError } from '../server/aws-error.ts'
import { type QueryOperation, required } from '../server/query-protocol.ts'
import type { StsState } from './get-caller-identity.ts'

const HOUR_SECONDS = 3_600

/**
 * Gives credentials of a role that is there; with the code of its device where it takes one. AWS's words of a code that
 * is missing or wrong are those of its users' issues (y13i/sgviz#9, aws/aws-cli#2279): no document has them. The keys
 * are nobody's: no service of the sandbox knows them.
 */
export const assumeRole: QueryOperation<StsState> = {
  name: 'AssumeRole',
  run({ account, roles, now }, input) {
    const roleArn = required(input, 'RoleArn')
    const session = required(input, 'RoleSessionName')
    const seconds = Number(input.get('DurationSeconds') ?? HOUR_SECONDS)
    if (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200)
      throw new AwsError('ValidationError', 'DurationSeconds must be between 900 and 43200.')
    const role = roles.get(roleArn)
    if (!role)
      throw denied(`User: arn:aws:iam::${account}:root is not authorized to perform: sts:AssumeRole on ${roleArn}`)
    if (role.mfa) {
      const code = input.get('TokenCode')
      if (input.get('SerialNumber') === undefined || code === undefined)
        throw denied('MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.')
      if (input.get('SerialNumber') !== role.mfa.serial || code !== role.mfa.code())
        throw denied('MultiFactorAuthentication failed with invalid MFA one time pass code.')
    }
    const id = `AROA${randomBytes(8).toString('hex').toUpperCase()}`
    return {
      Credentials: {
        AccessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
        SecretAccessKey: randomBytes(30).toString('base64url'),
        SessionToken: randomBytes(60).toString('base64url'),
        Expiration: new Date(now() + seconds * 1_000),
      },
      AssumedRoleUser: {
        AssumedRoleId: `${id}:${session}`,
        Arn: `${roleArn.replace(':iam:', ':sts:').replace(/:role\/(?:.*\/)?/, ':assumed-role/')}/${session}`,
      },
    }
  },
}

const denied = (message: string): AwsError => new AwsError('AccessDenied', message, 403)
