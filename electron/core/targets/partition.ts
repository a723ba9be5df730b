import { partition } from '@aws-sdk/core/client'

/** The partition of AWS that a region is in, of the data by which the SDK finds its endpoints: `aws`, `aws-cn`, ... */
export const partitionOf = (region: string): string => partition(region).name

/** A spec's ARNs are written for the partition `aws`, and are meant for the one that the target is in. */
export const inPartition = (arn: string, region: string): string =>
  arn.replace(/^arn:aws:/, `arn:${partitionOf(region)}:`)

/**
 * The name by which a service assumes a role. Those of EMR and EC2 end otherwise in China (the AWS CLI's
 * `emr create-default-roles` derives them from the region's endpoint); others are the same everywhere.
 */
export function servicePrincipal(service: string, region: string): string {
  const { dnsSuffix, name } = partition(region)
  return name === 'aws-cn' ? service.replace(/^(ec2|elasticmapreduce)\.amazonaws\.com$/, `$1.${dnsSuffix}`) : service
}
