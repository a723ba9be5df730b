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
