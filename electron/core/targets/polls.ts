import type { Target } from '../../../shared/features/targets.ts'
import { toAppError } from '../errors/expected-error.ts'

/** What is asked for again and again, by whose limits it is asked. */
export type Polled = 'stream' | 'cluster' | 'statement' | 'metrics' | 'log'

/** The first wait, what each further one is longer by, the longest, and the part of a wait that is left to chance. */
interface Policy {
  firstMs: number
  factor: number
  longestMs: number
  jitter: number
}

const steady = (everyMs: number): Policy => ({ firstMs: everyMs, factor: 1, longestMs: everyMs, jitter: 0 })
/** Half of a wait is left to chance, so that several consoles of one account do not ask in step. */
const backingOff = (firstMs: number, longestMs: number): Policy => ({ firstMs, factor: 1.5, longestMs, jitter: 0.5 })

/**
 * How often something is polled, by target kind. The sandbox is on this machine and has nobody else to serve. AWS
 * counts the requests of an account together:
 * - stream: DescribeStreamSummary, 20 a second and account (botocore's model); its waiter StreamExists asks every 10 s
 * - cluster: EMR asks for one request every ten seconds (Management Guide, "Write applications that launch and manage
 *   clusters"), over a burst that is refilled slowly; botocore's waiter ClusterRunning asks every 30 s
 * - statement: short ones are common, long ones are not asked for often
 * - metrics: CloudWatch bills each metric that GetMetricData is asked for, and has a new value every minute
 * - log: EMR copies the logs of a step to S3 every few minutes
 */
const POLICIES: Record<Target['kind'], Record<Polled, Policy>> = {
  sandbox: {
    stream: steady(300),
    cluster: steady(300),
    statement: { firstMs: 10, factor: 1.5, longestMs: 300, jitter: 0 },
    metrics: steady(300),
    log: steady(1_000),
  },
  aws: {
    stream: backingOff(1_000, 10_000),
    cluster: backingOff(10_000, 30_000),
    statement: backingOff(100, 5_000),
    metrics: backingOff(10_000, 30_000),
    log: backingOff(30_000, 60_000),
  },
}

/**
 * What was refused for its rate is asked again with twice the wait, up to this, and given up after so many refusals.
 */
const LONGEST_THROTTLED_MS = 60_000
const REFUSALS = 8

/** One wait for something that changes by itself. */
export interface Poll {
  /**
   * Asks once. A request that is refused for its rate (ThrottlingException and its like) is asked again later, and what
   * follows is asked less often.
   */
  ask<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Waits until it may be asked again; longer each time. */
  wait(signal?: AbortSignal): Promise<void>
  /** Something has changed: the next wait is a short one again. */
  changed(): void
}

/** How often a target's things are asked for. */
export interface Polls {
  start(what: Polled): Poll
  /** How often a watch may poll that would like to poll every `askedMs`. */
  watchMs(what: Polled, askedMs: number): number
}

export function createPolls(
  kind: Target['kind'],
  deps: { clock: { sleep(ms: number, signal?: AbortSignal): Promise<void> }; random: () => number },
): Polls {
  const policies = POLICIES[kind]
  return {
    start: what => startPoll(policies[what], deps),
    watchMs: (what, askedMs) => Math.max(askedMs, policies[what].firstMs),
  }
}

function startPoll(
  { firstMs, factor, longestMs, jitter }: Policy,
  { clock, random }: Parameters<typeof createPolls>[1],
): Poll {
  let waitMs = firstMs
  const sleep = (ms: number, part: number, signal: AbortSignal | undefined) =>
    clock.sleep(ms * (1 - part + part * random()), signal)
  return {
    async ask(request, signal) {
      for (let refused = 0; ; refused++) {
        try {
          return await request()
        } catch (error) {
          if (toAppError(error).code !== 'throttled' || refused === REFUSALS) throw error
          waitMs = Math.min(LONGEST_THROTTLED_MS, waitMs * 2)
          await sleep(waitMs, 0.5, signal)
        }
      }
    },
    async wait(signal) {
      await sleep(waitMs, jitter, signal)
      waitMs = Math.max(waitMs, Math.min(longestMs, waitMs * factor))
    },
    changed() {
      waitMs = firstMs
    },
  }
}

/** Asks until the answer is as wanted, and returns it. */
export async function pollUntil<T>(
  poll: Poll,
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  signal?: AbortSignal,
): Promise<T> {
  for (;;) {
    const answer = await poll.ask(ask, signal)
    if (isWanted(answer)) return answer
    await poll.wait(signal)
  }
}
