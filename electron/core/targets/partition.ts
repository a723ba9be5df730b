import { partition } from '@aws-sdk/core/client'

/** The partition of AWS that a region is in, of the data by which the SDK finds its endpoints: `aws`, `aws-cn`, ... */
export const partitionOf = (region: string): string => partition(region).name

/** A spec's ARNs are written for the partition `aws`, and are meant for the one that the target is in. */
export const inPartition = (arn: string, region: string): string =>
  arn.replace(/^arn:aws:/, `arn:${partitionOf(region)}:`)

/**
 * The name by which a service assumes a role. EMR's ends otherwise in China: the AWS CLI's
 * `emr create-default-roles` derives it from the region's endpoint, and EC2's is the same everywhere.
 */
export function servicePrincipal(service: string, region: string): string {
  return service === 'elasticmapreduce.amazonaws.com' ? `elasticmapreduce.${partition(region).dnsSuffix}` : service
}
