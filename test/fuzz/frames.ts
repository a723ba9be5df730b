import { rawFrames, refusedRequests } from './bad-traffic.ts'
import { createDraw } from './draw.ts'
import { openGoodLink } from './good-link.ts'
import { pageFrames } from './page-traffic.ts'
import { startWebHost, type WebHost } from './web-host.ts'

/** Conversations with the host at a time. */
const AT_ONCE = 4
/** What is wrong is known by then. */
const MOST_PROBLEMS = 20

/**
 * Sends seeded random and mutated traffic to a real `sluice web`: broken frames, mutated calls of every operation, resets, refused upgrades. A problem
 * is a host that died or does not answer, an `internal` error, an operation that does not end, and anything that a page beside it sees of it.
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
  const problems: string[] = []
  let sent = 0
  let conversation = 0
  const converse = async () => {
    while (sent < count && problems.length < MOST_PROBLEMS && host.death() === undefined) {
      const own = (seed * 1_000_003 + conversation++) | 0
      const [size, talk] = conversationOf(own, host)
      sent += size
      const words = [...(await talk()), await good.look()].filter(found => found !== undefined)
      for (const found of words) problems.push(`seed ${seed}, conversation ${own}: ${found}`)
      if (conversation % 50 === 0) log(`${sent} of ${count} frames, ${problems.length} problems`)
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, converse))
  } catch (error) {
    if (host.death() === undefined) problems.push(`seed ${seed}: ${String(error)}`)
  }
  const death = host.death()
  if (death !== undefined) problems.push(`seed ${seed}: the web host died: ${death}`)
  good.close()
  await host.close()
  return { sent, problems }
}

/** What one conversation sends, drawn from its own seed: so many frames, and the sending of them. */
function conversationOf(seed: number, host: WebHost): [size: number, talk: () => Promise<(string | undefined)[]>] {
  const draw = createDraw(seed)
  const way = draw.below(10)
  if (way < 5) {
    const size = 1 + draw.below(100)
    return [size, () => pageFrames(draw, host, size)]
  }
  const size = 1 + draw.below(8)
  return [size, async () => [way < 8 ? await rawFrames(draw, host, size) : await refusedRequests(draw, host, size)]]
}
