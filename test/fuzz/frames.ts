import { rawFrames, refusedRequests } from './bad-traffic.ts'
import { createDraw } from './draw.ts'
import { openGoodLink } from './good-link.ts'
import { pageFrames, type Talk } from './page-traffic.ts'
import { startWebHost, type WebHost } from './web-host.ts'

/** Conversations with the host at a time. */
const AT_ONCE = 4
/** What is wrong is known by then. */
const MOST_PROBLEMS = 20

/**
 * Sends seeded random and mutated traffic to a real `sluice web`: broken frames, mutated calls of every operation,
 * resets, refused upgrades. A problem is a host that died or does not answer, an `internal` error, an operation that
 * does not end, and anything that a page beside it sees of it.
 */
export async function fuzzFrames({
  seed,
  count,
  log,
}: {
  seed: number
  count: number
  log: (line: string) => void
}): Promise<{ sent: number; problems: string[] }> {
  const host = await startWebHost()
  const good = await openGoodLink(host)
  // With a pipeline there, inputs come as far as AWS clients.
  const pipeline = { target: 'sandbox', pipeline: 'food-delivery', options: { partitions: 1 } }
  await good.follow('provision.apply', { ...pipeline, shown: await good.call('provision.plan', pipeline) })
  const problems: string[] = []
  let sent = 0
  let conversation = 0
  const converse = async () => {
    while (sent < count && problems.length < MOST_PROBLEMS && host.death() === undefined) {
      const own = (seed * 1_000_003 + conversation++) | 0
      const talk = await converseOnce(own, host)
      sent += talk.sent
      const disturbed = await good.verify()
      const found = [...talk.problems, ...(disturbed === undefined ? [] : [`the page beside it: ${disturbed}`])]
      for (const words of found) problems.push(`seed ${seed}, conversation ${own}: ${words}`)
      if (conversation % 50 === 0) log(`${sent} of ${count} frames, ${problems.length} problems`)
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, converse))
  } catch (error) {
    await host.diedOrNot()
    if (host.death() === undefined) problems.push(`seed ${seed}: ${String(error)}`)
  }
  const death = host.death()
  if (death !== undefined) problems.push(`seed ${seed}: the web host died: ${death}`)
  good.close()
  await host.close()
  return { sent, problems }
}

/** One conversation, drawn from its own seed. */
function converseOnce(seed: number, host: WebHost): Promise<Talk> {
  const draw = createDraw(seed)
  const way = draw.below(10)
  if (way < 5) return pageFrames(draw, host, 1 + draw.below(100))
  const count = 1 + draw.below(8)
  return way < 8 ? rawFrames(draw, host, count) : refusedRequests(draw, host, count)
}
