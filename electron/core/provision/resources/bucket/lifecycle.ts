import {
  GetBucketLifecycleConfigurationCommand,
  type GetBucketLifecycleConfigurationCommandOutput,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3'
import type { AwsClients } from '../../../targets/clients.ts'
import { NOT_SET } from '../../resource.ts'
import { orUndefined, type Place, type Setting } from './settings.ts'

/** Rules of ours, by which they are known among those of others: these are neither compared nor lost. */
const OURS = 'sluice-'

/** Objects below a prefix expire; what an upload left that nobody completed is removed. */
export interface Expiring {
  uploadsDays: number
  prefixes: { name: string; prefix: string; days: number }[]
}

export function lifecycle(expiring: Expiring): Setting {
  const wanted = rulesOf(expiring)
  return {
    must: listed(wanted),
    reading: ['s3:GetLifecycleConfiguration'],
    writing: ['s3:GetLifecycleConfiguration', 's3:PutLifecycleConfiguration'],
    doing: 'writing what expires',
    read: async (s3, place, abortSignal) => listed(((await found(s3, place, abortSignal))?.Rules ?? []).filter(isOurs)),
    async write(s3, place, abortSignal) {
      // Putting replaces all rules, and the size below which nothing moves to another storage class.
      const { Rules = [], TransitionDefaultMinimumObjectSize } = (await found(s3, place, abortSignal)) ?? {}
      await s3.send(
        new PutBucketLifecycleConfigurationCommand({
          ...place,
          ...(TransitionDefaultMinimumObjectSize && { TransitionDefaultMinimumObjectSize }),
          LifecycleConfiguration: { Rules: [...Rules.filter(rule => !isOurs(rule)), ...wanted] },
        }),
        { abortSignal },
      )
    },
  }
}

const found = (
  s3: AwsClients['s3'],
  place: Place,
  abortSignal: AbortSignal,
): Promise<GetBucketLifecycleConfigurationCommandOutput | undefined> =>
  orUndefined(s3.send(new GetBucketLifecycleConfigurationCommand(place), { abortSignal }))

const isOurs = ({ ID }: LifecycleRule): boolean => ID?.startsWith(OURS) === true

const rulesOf = ({ uploadsDays, prefixes }: Expiring): LifecycleRule[] => [
  {
    ID: `${OURS}uploads`,
    Status: 'Enabled',
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: uploadsDays },
  },
  ...prefixes.map(
    ({ name, prefix, days }): LifecycleRule => ({
      ID: `${OURS}${name}`,
      Status: 'Enabled',
      Filter: { Prefix: prefix },
      Expiration: { Days: days },
    }),
  ),
]

/** What rules do, as text: one that does something else as well is named by its id. */
const listed = (rules: readonly LifecycleRule[]): string => rules.map(inWords).sort().join(', ') || NOT_SET

function inWords(rule: LifecycleRule): string {
  const { ID, Status, Filter, Expiration, AbortIncompleteMultipartUpload, ...others } = rule
  const days = Expiration?.Days ?? AbortIncompleteMultipartUpload?.DaysAfterInitiation
  const isPlain =
    Object.values(others).every(member => member === undefined) &&
    Object.keys(Filter ?? {}).every(member => member === 'Prefix') &&
    [Expiration, AbortIncompleteMultipartUpload].filter(Boolean).length === 1 &&
    days !== undefined
  if (!isPlain) return `${ID} of another form`
  const what = Expiration ? Filter?.Prefix || 'all' : `uploads${Filter?.Prefix ? ` below ${Filter.Prefix}` : ''}`
  return `${what} ${days} d${Status === 'Enabled' ? '' : ' (off)'}`
}
