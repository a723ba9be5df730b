/**
 * List prices in US East (N. Virginia), USD an hour, as AWS published them on its pricing pages, read in November 2026:
 * an estimate, without free tiers, discounts, storage and transfer.
 */
export const PRICES = {
  kinesisShard: { perHour: 0.015, source: 'Amazon Kinesis Data Streams pricing: provisioned shard hour' },
  ec2: {
    'm5.xlarge': { perHour: 0.192, source: 'Amazon EC2 on-demand pricing: m5.xlarge, Linux' },
  } as Record<string, { perHour: number; source: string }>,
  emr: {
    'm5.xlarge': { perHour: 0.048, source: 'Amazon EMR pricing: m5.xlarge' },
  } as Record<string, { perHour: number; source: string }>,
}

/** When these prices were read. */
const READ_ON = '2026-11'
/** The region that they are of: in others they differ. */
export const PRICES_REGION = 'us-east-1'

export interface Price {
  usdPerHour: number
  /** The price list that says so. */
  source: string
  /** When it was read: a year and a month at least. */
  readOn: string
}

/** What is paid by the hour. */
export type Priced = { kind: 'machine'; instanceType: string } | { kind: 'kinesis-shard' }

/** What a thing costs an hour; undefined where no price of it is known. A machine of a cluster is EC2 and EMR. */
export function priceOf(thing: Priced): Price | undefined {
  if (thing.kind === 'kinesis-shard')
    return { usdPerHour: PRICES.kinesisShard.perHour, source: PRICES.kinesisShard.source, readOn: READ_ON }
  const [ec2, emr] = [PRICES.ec2[thing.instanceType], PRICES.emr[thing.instanceType]]
  if (!ec2 || !emr) return undefined
  return { usdPerHour: ec2.perHour + emr.perHour, source: `${ec2.source}; ${emr.source}`, readOn: READ_ON }
}
