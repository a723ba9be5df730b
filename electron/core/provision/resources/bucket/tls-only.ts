import { GetBucketPolicyCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3'
import type { AwsClients } from '../../../targets/clients.ts'
import { NOT_SET } from '../../resource.ts'
import { orUndefined, type Place, type Setting } from './settings.ts'

const SID = 'SluiceTlsOnly'
const MUST = 'required'

interface Statement {
  Sid?: string
}
interface Policy {
  Version?: string
  Statement: Statement[]
}

/** The statement by which nothing is done over a connection without TLS (S3 User Guide, "Security best practices"). */
const tlsOnly = (arn: string) => ({
  Sid: SID,
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: [arn, `${arn}/*`],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
})

/** One statement of the bucket's policy, known by its Sid: those of others are neither compared nor lost. */
export function tls(arn: string): Setting {
  const wanted = tlsOnly(arn)
  return {
    must: MUST,
    reading: ['s3:GetBucketPolicy'],
    writing: ['s3:GetBucketPolicy', 's3:PutBucketPolicy'],
    doing: 'refusing connections without TLS',
    async read(s3, place, abortSignal) {
      const policy = await policyOf(s3, place, abortSignal)
      const found = policy?.Statement.find(({ Sid }) => Sid === SID)
      if (!found) return NOT_SET
      return spelled(found) === spelled(wanted) ? MUST : `another statement ${SID}`
    },
    async write(s3, place, abortSignal) {
      const { Version = '2012-10-17', ...rest } = (await policyOf(s3, place, abortSignal)) ?? { Statement: [] }
      const Statement = [...rest.Statement.filter(({ Sid }) => Sid !== SID), wanted]
      const Policy = JSON.stringify({ Version, ...rest, Statement })
      await s3.send(new PutBucketPolicyCommand({ ...place, Policy }), { abortSignal })
    },
  }
}

async function policyOf(s3: AwsClients['s3'], place: Place, abortSignal: AbortSignal): Promise<Policy | undefined> {
  const text = (await orUndefined(s3.send(new GetBucketPolicyCommand(place), { abortSignal })))?.Policy
  if (text === undefined) return undefined
  const { Statement = [], ...rest } = JSON.parse(text) as { Version?: string; Statement?: Statement | Statement[] }
  return { ...rest, Statement: [Statement].flat() }
}

/** Lists of one and their only entry mean the same, as do members and lists in another order. */
function spelled(value: unknown): string {
  if (Array.isArray(value)) {
    const texts = value.map(spelled)
    return texts.length === 1 ? (texts[0] ?? '') : texts.sort().join()
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  // S3 gives everybody back as the AWS principal of everybody, too.
  const members = Object.entries(value).map(([name, member]) => {
    const isEverybody = name === 'Principal' && spelled(member) === '{"AWS":"*"}'
    return `${JSON.stringify(name)}:${isEverybody ? '"*"' : spelled(member)}`
  })
  return `{${members.sort().join()}}`
}
