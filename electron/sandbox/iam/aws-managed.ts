import { createHash } from 'node:crypto'
import { noSuchEntity } from './state.ts'

/**
 * The policies that AWS manages, as far as a sandbox needs them: they can be attached and described, so that `aws emr
 * create-default-roles` and every role of a user's own works. Any name is taken, for there is no list of them, and
 * their text is not here.
 */
export const isAwsManaged = (arn: string): boolean => /^arn:aws:iam::aws:policy(?:\/[\w+=,.@-]+)+$/.test(arn)

const DOCUMENT = JSON.stringify({
  Version: '2012-10-17',
  Id: 'The sandbox keeps no copy of policies of AWS',
  Statement: [],
})

/** What GetPolicy says of one, but for how often it is attached. */
export function awsManagedPolicy(arn: string) {
  const [, path = '/', name = ''] = /:policy(\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? []
  const id = createHash('sha256').update(arn).digest('hex').slice(0, 17).toUpperCase()
  const date = new Date(0)
  return {
    PolicyName: name,
    PolicyId: `ANPA${id}`,
    Arn: arn,
    Path: path,
    DefaultVersionId: 'v1',
    CreateDate: date,
    UpdateDate: date,
  }
}

/** Its one version, which allows nothing. @throws AwsError `NoSuchEntity` */
export function awsManagedDocument(arn: string, version: string): string {
  if (version === 'v1') return DOCUMENT
  throw noSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`)
}
