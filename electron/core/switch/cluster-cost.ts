import { type Cluster, type Instance, ListInstancesCommand } from '@aws-sdk/client-emr'
import { type Price, priceOf } from '../../../shared/pricing.ts'
import type { PipelineContext } from '../pipeline-context.ts'

const HOUR_MS = 3_600_000
/** A machine is paid by the second, and for a minute at least (Amazon EMR pricing, Amazon EC2 on-demand pricing). */
const LEAST_MS = 60_000

export interface ClusterCost {
  /** What all machines of the cluster cost from their creation to their end, or until now. */
  usd: number
  /** What those that run now cost. */
  usdPerHour: number
  /** How many run now. */
  machines: number
  /** The types of which no price is known: what they cost is not in the sums. */
  unpriced: string[]
  /** Machines of the spot market are counted at the price of on-demand ones. */
  hasSpot: boolean
  price: Price | undefined
}

/**
 * What a cluster has cost, by the history of its machines: each with when it was created and when it ended, also those
 * that were given back when a group was resized. EMR lists those that ended in the last 30 days (API reference,
 * ListInstances).
 */
export async function clusterCost(
  { aws }: PipelineContext,
  { Id: ClusterId }: Cluster,
  nowMs: number,
  abortSignal: AbortSignal,
): Promise<ClusterCost> {
  const machines: Instance[] = []
  let Marker: string | undefined
  do {
    const page = await aws.emr.send(new ListInstancesCommand({ ClusterId, ...(Marker && { Marker }) }), {
      abortSignal,
    })
    machines.push(...(page.Instances ?? []))
    Marker = page.Marker
  } while (Marker)
  return costOf(machines, nowMs)
}

/** What machines have cost by their timelines. */
export function costOf(machines: readonly Instance[], nowMs: number): ClusterCost {
  let usd = 0
  let usdPerHour = 0
  const unpriced = new Set<string>()
  const running = machines.filter(({ Status }) => Status?.Timeline?.EndDateTime === undefined)
  for (const machine of machines) {
    const instanceType = machine.InstanceType ?? 'unknown'
    const price = priceOf({ kind: 'machine', instanceType })
    const { CreationDateTime, EndDateTime } = machine.Status?.Timeline ?? {}
    if (!price) unpriced.add(instanceType)
    if (!price || !CreationDateTime) continue
    const ranMs = Math.max(LEAST_MS, (EndDateTime?.getTime() ?? nowMs) - CreationDateTime.getTime())
    usd += (ranMs / HOUR_MS) * price.usdPerHour
    if (EndDateTime === undefined) usdPerHour += price.usdPerHour
  }
  const priced = machines.flatMap(
    ({ InstanceType }) => priceOf({ kind: 'machine', instanceType: InstanceType ?? '' }) ?? [],
  )
  return {
    usd,
    usdPerHour,
    machines: running.length,
    unpriced: [...unpriced],
    hasSpot: machines.some(({ Market }) => Market === 'SPOT'),
    price: priced[0],
  }
}
