import type { DownFrame, Link, UpFrame } from '../../../shared/rpc/contract.ts'
import { toAppError } from '../../core/errors/expected-error.ts'

/** A page that sends so many frames before core is there is no page of ours. */
const MOST_WAITING = 10_000

/**
 * Core's end of a page's link, which may be served later than the page begins to send: its frames wait until there is a
 * listener.
 * @returns the link to serve
 */
export function waitingLink(page: Link<DownFrame, UpFrame>): Link<DownFrame, UpFrame> & { isClosed: () => boolean } {
  const waiting: UpFrame[] = []
  let listener: ((frame: UpFrame) => void) | undefined
  let closed = false
  const closers = new Set<() => void>()
  page.onFrame(frame => {
    if (listener) return listener(frame)
    waiting.push(frame)
    if (waiting.length > MOST_WAITING) page.close()
  })
  page.onClose(() => {
    closed = true
    for (const closer of closers) closer()
  })
  return {
    send: page.send,
    onFrame(next) {
      listener = next
      for (const frame of waiting.splice(0)) next(frame)
    },
    onClose(closer) {
      if (closed) closer()
      else closers.add(closer)
    },
    close: page.close,
    isClosed: () => closed,
  }
}

/**
 * Joins a page to a core in another process: frames pass through, and one side that closes closes the other. What a
 * side does not take, being too long or while too much waits, fails the operation that it belongs to; the others go on.
 */
export function bridge(page: Link<DownFrame, UpFrame>, core: Link<UpFrame, DownFrame>): void {
  /** A page that takes no failure either is of no use. */
  const fail = (id: number, error: unknown): void => {
    try {
      page.send({ t: 'fail', id, error: toAppError(error) })
    } catch {
      page.close()
    }
  }
  core.onFrame(frame => {
    try {
      page.send(frame)
    } catch (error) {
      fail(frame.id, error)
      core.send({ t: 'cancel', id: frame.id })
    }
  })
  core.onClose(page.close)
  page.onFrame(frame => {
    try {
      core.send(frame)
    } catch (error) {
      fail(frame.id, error)
    }
  })
  page.onClose(core.close)
}
