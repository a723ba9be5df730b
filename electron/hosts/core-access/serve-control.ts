import { timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import { type DownFrame, ExpectedError, type Link, type UpFrame } from '../../../shared/rpc/contract.ts'
import { downFrameBytes } from '../../../shared/rpc/frame-text.ts'
import {
  MAX_DOWN_FRAME_BYTES,
  MAX_UP_FRAME_BYTES,
  MAX_WAITING_BYTES,
  readerTooSlow,
} from '../../../shared/rpc/limits.ts'
import { parseUpFrame } from '../../../shared/rpc/up-frame.ts'
import type { Kind } from '../lock/lock-record.ts'
import { Greeting, type MayOpen, type Welcome } from './greeting.ts'
import { type LineSocket, lineSocket } from './line-socket.ts'

export interface ControlServer {
  /** To be given each socket of the lock's endpoint. */
  onSocket(socket: Socket): void
  /** Core is there: links that wait are let in, and so are later ones. */
  open(serve: (link: Link<DownFrame, UpFrame>) => void): void
  /** Says to joined windows that core gave a page this address. */
  mayOpen(url: string): void
  /** Lets nobody in any more, waits until no command is served, but no longer than this, then ends what is left. */
  close(patienceMs: number): Promise<void>
}

/** Who does not greet within this is cut off. */
const GREETING_MS = 5_000
/** Pages and commands of one user; more is no use of it. */
const MOST_LINKS = 256

/** The holder's side of the endpoint: who shows the lock's secret gets a link to core. */
export function serveControl(secret: () => string | undefined): ControlServer {
  let serve: ((link: Link<DownFrame, UpFrame>) => void) | undefined
  let ending = false
  const links = new Map<LineSocket, Kind | undefined>()
  const waiting = new Set<LineSocket>()
  let onLeft: () => void = () => undefined

  function letIn(line: LineSocket): void {
    if (ending) {
      refuse(line)
      return
    }
    if (!serve) {
      waiting.add(line)
      return
    }
    line.send(welcome('open'))
    serve(coreLink(line))
  }
  function refuse(line: LineSocket): void {
    line.send(welcome('ending'))
    line.end()
  }

  return {
    onSocket(socket) {
      const line = lineSocket(socket, MAX_UP_FRAME_BYTES)
      if (links.size >= MOST_LINKS) {
        line.destroy()
        return
      }
      links.set(line, undefined)
      const timer = setTimeout(line.destroy, GREETING_MS)
      line.onClose(() => {
        clearTimeout(timer)
        links.delete(line)
        waiting.delete(line)
        onLeft()
      })
      line.onValue(value => {
        const greeting = Greeting.safeParse(value)
        const expected = secret()
        if (!greeting.success || expected === undefined || !isSame(greeting.data.secret, expected)) {
          line.destroy()
          return
        }
        clearTimeout(timer)
        links.set(line, greeting.data.kind)
        line.onValue(() => undefined)
        letIn(line)
      })
    },
    open(next) {
      serve = next
      for (const line of [...waiting]) {
        waiting.delete(line)
        letIn(line)
      }
    },
    mayOpen(url) {
      const text = JSON.stringify({ mayOpen: url } satisfies MayOpen)
      for (const [line, kind] of links) if (kind === 'window' && !waiting.has(line)) line.send(text)
    },
    async close(patienceMs) {
      ending = true
      for (const line of waiting) refuse(line)
      const commandsLeft = () => [...links.values()].includes('command')
      if (commandsLeft())
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, patienceMs)
          onLeft = () => {
            if (commandsLeft()) return
            clearTimeout(timer)
            resolve()
          }
        })
      for (const line of links.keys()) line.destroy()
    },
  }
}

const welcome = (state: Welcome['state']): string => JSON.stringify({ state } satisfies Welcome)

/** Core's end of a joined link. What is no frame ends it. */
function coreLink(line: LineSocket): Link<DownFrame, UpFrame> {
  return {
    send(frame) {
      const waiting = line.waitingBytes()
      if (waiting > MAX_DOWN_FRAME_BYTES + MAX_WAITING_BYTES) return line.destroy()
      if (waiting > MAX_WAITING_BYTES && frame.t === 'item') throw new ExpectedError(readerTooSlow(waiting))
      line.send(downFrameBytes(frame))
    },
    onFrame: listener =>
      line.onValue(value => {
        const frame = parseUpFrame(value)
        if (frame) listener(frame)
        else line.destroy()
      }),
    onClose: line.onClose,
    close: line.destroy,
  }
}

function isSame(offered: string, expected: string): boolean {
  const [a, b] = [Buffer.from(offered), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
