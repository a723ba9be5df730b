import type { Cost, CostItem } from '../../../shared/features/cost.ts'
import { PRICES_REGION, priceOf } from '../../../shared/pricing.ts'
import { isNotFound } from '../errors/expected-error.ts'
import type { PipelineContext } from '../pipeline-context.ts'
import type { SourceOf, StreamSource, StreamState } from '../sources/source.ts'
import { clusterStanding } from '../switch/standing.ts'

const HOUR_MS = 3_600_000

/** What runs of a pipeline and is paid by the hour. */
export async function costItems(
  context: PipelineContext,
  sourceOf: SourceOf,
  nowMs: number,
  signal: AbortSignal,
): Promise<CostItem[]> {
  const [cluster, stream] = await Promise.all([
    clusterItem(context, nowMs, signal),
    streamItem(sourceOf(context), nowMs, signal),
  ])
  return [...(cluster ? [cluster] : []), ...(stream ? [stream] : [])]
}

async function clusterItem(
  context: PipelineContext,
  nowMs: number,
  signal: AbortSignal,
): Promise<CostItem | undefined> {
  const standing = await clusterStanding(context, nowMs, signal)
  if (!standing) return undefined
  const { cluster, sinceMs, cost } = standing
  const known = cost.unpriced.length === 0
  return {
    id: `cluster:${cluster.Id}`,
    kind: 'cluster',
    name: `${cluster.Name} (${cluster.Id})`,
    usdPerHour: known ? cost.usdPerHour : null,
    usdSoFar: known ? cost.usd : null,
    since: new Date(sinceMs).toISOString(),
    how: [
      `each machine from its creation to its end, ${cost.machines} run now`,
      ...(known ? [] : [`no price is known of ${cost.unpriced.join(', ')}`]),
      ...(cost.hasSpot ? ['machines of the spot market at the price of on-demand ones'] : []),
      ...elsewhere(context),
      'without disks and transfer',
    ].join('; '),
    source: cost.price?.source ?? 'no price list',
    readOn: cost.price?.readOn ?? null,
  }
}

/** A stream of partitions that are paid by the hour. */
async function streamItem(source: StreamSource, nowMs: number, signal: AbortSignal): Promise<CostItem | undefined> {
  const { name, pricedAs } = source
  if (!pricedAs) return undefined
  const state = await stateOf(source, signal)
  if (!state) return undefined
  const price = priceOf(pricedAs)
  const open = state.partitions.filter(partition => partition.open).length
  const isOnDemand = state.mode === 'ON_DEMAND'
  const usdPerHour = price && !isOnDemand ? open * price.usdPerHour : null
  const sinceMs = state.createdMs ?? nowMs
  return {
    id: `stream:${name}`,
    kind: 'stream',
    name,
    usdPerHour,
    usdSoFar: usdPerHour === null ? null : usdPerHour * ((nowMs - sinceMs) / HOUR_MS),
    since: new Date(sinceMs).toISOString(),
    how: isOnDemand
      ? 'on-demand: paid by the hour and by what goes through it, of which no price is known here'
      : `${open} shards, as many as now in all hours; without PUT units, retention beyond a day and extra readers`,
    source: price?.source ?? 'no price list',
    readOn: price?.readOn ?? null,
  }
}

async function stateOf(source: StreamSource, signal: AbortSignal): Promise<StreamState | undefined> {
  try {
    return await source.state(signal)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

const elsewhere = ({ target }: PipelineContext): string[] =>
  target.region === PRICES_REGION ? [] : [`prices of ${PRICES_REGION}, those of ${target.region} differ`]

/** What is paid for by use, and is not asked for: each with why. */
export const LEFT_OUT: Cost['leftOut'] = [
  { what: 'S3', why: 'storage and requests are paid by use; what the console itself asks is on the page Calls' },
  {
    what: 'Redshift',
    why:
      'a cluster is not of this pipeline alone; a serverless workgroup is paid by RPU-seconds, and asking for them ' +
      'would wake it and be paid itself',
  },
  { what: 'CloudWatch, KMS, EventBridge Scheduler', why: 'paid by use; cents a day at most for what the plan makes' },
]
