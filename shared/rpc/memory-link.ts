import type { DownFrame, Link, UpFrame } from './contract.ts'

/**
 * Two ends of a link inside one process. Frames are copied by structuredClone and arrive on a later microtask, as they
 * would over a MessagePort: a service cannot hand out its own state, nor an answer that no other link could carry.
 */
export function memoryLink(): { page: Link<UpFrame, DownFrame>; core: Link<DownFrame, UpFrame> } {
  const up = new Set<(frame: UpFrame) => void>()
  const down = new Set<(frame: DownFrame) => void>()
  const closers = new Set<() => void>()
  let open = true
  const deliver = <F>(listeners: Set<(frame: F) => void>, frame: F) => {
    if (!open) return
    const copy = structuredClone(frame)
    queueMicrotask(() => {
      for (const listener of listeners) listener(copy)
    })
  }
  const close = () => {
    if (!open) return
    open = false
    for (const closer of closers) closer()
  }
  const onClose = (listener: () => void) => void closers.add(listener)
  return {
    page: { send: frame => deliver(up, frame), onFrame: listener => void down.add(listener), onClose, close },
    core: { send: frame => deliver(down, frame), onFrame: listener => void up.add(listener), onClose, close },
  }
}
