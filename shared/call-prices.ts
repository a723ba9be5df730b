/** What is paid by the call: list prices of US East (N. Virginia), as AWS published them, read in November 2026. */
export interface CallPrice {
  what: string
  /** IAM actions, or their beginning. */
  actions: readonly string[]
  usd: number
  /** For so many units. */
  per: number
  source: string
  readOn: string
}

const readOn = '2026-11'

export const CALL_PRICES: readonly CallPrice[] = [
  {
    what: 'metrics that GetMetricData is asked for',
    actions: ['cloudwatch:GetMetricData'],
    usd: 0.01,
    per: 1_000,
    source: 'Amazon CloudWatch pricing: API requests',
    readOn,
  },
  {
    what: 'requests of S3 that write or list',
    actions: ['s3:Put', 's3:Copy', 's3:List', 's3:Create', 's3:Complete', 's3:Upload'],
    usd: 0.005,
    per: 1_000,
    source: 'Amazon S3 pricing: PUT, COPY, POST, LIST of S3 Standard',
    readOn,
  },
  {
    what: 'other requests of S3; deleting is free',
    actions: ['s3:Get', 's3:Head'],
    usd: 0.0004,
    per: 1_000,
    source: 'Amazon S3 pricing: GET and all others of S3 Standard',
    readOn,
  },
  {
    what: 'payload units of 25 KB that are put into a provisioned stream',
    actions: ['kinesis:PutRecord'],
    usd: 0.014,
    per: 1_000_000,
    source: 'Amazon Kinesis Data Streams pricing: PUT payload units',
    readOn,
  },
]

/** What a call costs: the price of its kind by its units; 0 where it is free. */
export function callUsd(action: string, units: number): number {
  const price = CALL_PRICES.find(({ actions }) => actions.some(start => action.startsWith(start)))
  return price ? (units * price.usd) / price.per : 0
}
