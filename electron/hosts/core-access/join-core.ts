import { connect } from 'node:net'
import type { DownFrame, Link, UpFrame } from '../../../shared/rpc/contract.ts'
import { parseDownFrame } from '../../../shared/rpc/down-frame.ts'
import { upFrameText } from '../../../shared/rpc/frame-text.ts'
import { MAX_DOWN_FRAME_BYTES } from '../../../shared/rpc/limits.ts'
import type { Kind, LockRecord } from '../lock/lock-record.ts'
import { type Greeting, MayOpen, Welcome } from './greeting.ts'
import { lineSocket } from './line-socket.ts'

/** A core that is being opened answers when it is there: a sandbox that starts takes some seconds. */
const WELCOME_MS = 60_000

/** A link to the core of another process; undefined when that one ends, has ended, or does not answer. */
export function joinCore(
  { endpoint, secret }: LockRecord,
  kind: Kind,
  /** Called for each address that core gave to a page, before the page has it. */
  onMayOpen: (url: string) => void = () => undefined,
): Promise<Link<UpFrame, DownFrame> | undefined> {
  return new Promise(resolve => {
    const socket = connect(endpoint)
    const line = lineSocket(socket, MAX_DOWN_FRAME_BYTES)
    const timer = setTimeout(line.destroy, WELCOME_MS)
    line.onClose(() => {
      clearTimeout(timer)
      resolve(undefined)
    })
    socket.once('connect', () => line.send(JSON.stringify({ sluice: 1, secret, kind } satisfies Greeting)))
    line.onValue(value => {
      const welcome = Welcome.safeParse(value)
      if (!welcome.success || welcome.data.state === 'ending') return line.destroy()
      clearTimeout(timer)
      let onFrame: (frame: DownFrame) => void = () => undefined
      line.onValue(next => {
        const address = MayOpen.safeParse(next)
        if (address.success) return onMayOpen(address.data.mayOpen)
        const frame = parseDownFrame(next)
        if (frame) onFrame(frame)
        else line.destroy()
      })
      resolve({
        send: frame => line.send(upFrameText(frame)),
        onFrame(listener) {
          onFrame = listener
        },
        onClose: line.onClose,
        close: line.destroy,
      })
    })
  })
}
