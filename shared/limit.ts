import { z } from 'zod'

const positive = z.number().positive()

/**
 * After what a pipeline's cluster is stopped, whichever comes first: hours, what it has cost, and hours in which no
 * console ran.
 */
export const Limit = z
  .strictObject({
    hours: positive.max(8_760).optional(),
    usd: positive.max(1_000_000).optional(),
    unattendedHours: positive.max(8_760).optional(),
  })
  .refine(limit => Object.values(limit).some(value => value !== undefined), 'one of hours, usd and unattendedHours')
export type Limit = z.infer<typeof Limit>

/** A limit with when it was set: its hours count from then, or from the start of the cluster where that is later. */
export const SetLimit = z.strictObject({ limit: Limit, setAt: z.iso.datetime().optional() })
export type SetLimit = z.infer<typeof SetLimit>

/** A schedule keeps the limit that it is of as its description, so that each console sees the same: 512 characters. */
export const limitText = (set: SetLimit): string => `${BEGIN}${limitWords(set)}`
const BEGIN = 'Sluice stops the cluster: '

/** `4 h after 2026-12-01T12:00:00.000Z; 20 USD; 2 h without a console`: whichever comes first. */
export function limitWords({ limit, setAt }: SetLimit): string {
  const { hours, usd, unattendedHours } = limit
  const parts = [
    ...(hours === undefined ? [] : [`${hours} h${setAt === undefined ? '' : ` after ${setAt}`}`]),
    ...(usd === undefined ? [] : [`${usd} USD`]),
    ...(unattendedHours === undefined ? [] : [`${unattendedHours} h without a console`]),
  ]
  return parts.join('; ')
}

const number = String.raw`(\d+(?:\.\d+)?(?:e[+-]?\d+)?)`
const HOURS = new RegExp(`(?:^|: |; )${number} h(?: after (\\S+?))?(?:;|$)`)
const USD = new RegExp(`(?:^|: |; )${number} USD(?:;|$)`)
const UNATTENDED = new RegExp(`(?:^|: |; )${number} h without a console(?:;|$)`)

/** The limit in such a text; undefined when it is none. */
export function limitOfText(text: string): SetLimit | undefined {
  if (!text.startsWith(BEGIN)) return undefined
  const [, hours, setAt] = HOURS.exec(text) ?? []
  const [, usd] = USD.exec(text) ?? []
  const [, unattended] = UNATTENDED.exec(text) ?? []
  const read = SetLimit.safeParse({
    limit: {
      ...(hours !== undefined && { hours: Number(hours) }),
      ...(usd !== undefined && { usd: Number(usd) }),
      ...(unattended !== undefined && { unattendedHours: Number(unattended) }),
    },
    ...(setAt !== undefined && { setAt }),
  })
  return read.success ? read.data : undefined
}

const HOUR_MS = 3_600_000

export interface Standing {
  nowMs: number
  /** When the cluster was created. */
  clusterSinceMs: number
  /** What the cluster has cost, and costs an hour; undefined where its price is not known. */
  cost: { usd: number; usdPerHour: number } | undefined
}

/**
 * When the cluster is to be stopped if no console runs from now on; undefined where nothing of the limit can be
 * computed. It is the same for every console that asks at that moment.
 */
export function stopAtMs({ limit, setAt }: SetLimit, { nowMs, clusterSinceMs, cost }: Standing): number | undefined {
  const sinceMs = Math.max(clusterSinceMs, setAt === undefined ? 0 : Date.parse(setAt))
  const ends = [
    ...(limit.hours === undefined ? [] : [sinceMs + limit.hours * HOUR_MS]),
    ...(limit.usd === undefined || !cost || cost.usdPerHour <= 0
      ? []
      : [nowMs + ((limit.usd - cost.usd) / cost.usdPerHour) * HOUR_MS]),
    ...(limit.unattendedHours === undefined ? [] : [nowMs + limit.unattendedHours * HOUR_MS]),
  ]
  return ends.length === 0 ? undefined : Math.min(...ends)
}

/** The limit with an hour more; money by what the cluster costs an hour, in whole cents. */
export function extended({ limit, setAt }: SetLimit, hours: number, usdPerHour: number | undefined): SetLimit {
  return {
    limit: {
      ...limit,
      ...(limit.hours !== undefined && { hours: limit.hours + hours }),
      ...(limit.usd !== undefined && { usd: Math.ceil((limit.usd + hours * (usdPerHour ?? 0)) * 100) / 100 }),
    },
    ...(setAt !== undefined && { setAt }),
  }
}
