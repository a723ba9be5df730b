import { z } from 'zod'
import type { Notice } from '../../../shared/state/damage.ts'

const NoticeLine = z.object({
  notice: z.object({
    kind: z.enum(['disk', 'damage']).optional(),
    state: z.enum(['info', 'good', 'warning', 'bad']),
    title: z.string(),
    detail: z.string().optional(),
  }),
})

/** What a line of the sandbox's standard output says to its user; undefined when it is another line. */
export function noticeOf(line: string): Notice | undefined {
  const parsed = NoticeLine.safeParse(jsonOf(line))
  if (!parsed.success) return undefined
  const { kind, state, title, detail } = parsed.data.notice
  return { ...(kind !== undefined && { kind }), state, title, ...(detail !== undefined && { detail }) }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
