import { type PointerEvent as ReactPointerEvent, type RefObject, useState } from 'react'

/** Less than this is a click. Pixels. */
const LEAST = 8

/**
 * Dragging sideways over an element: what is covered while it lasts, and a call with both ends (pixels from its left)
 * when it is done.
 */
export function useDragOver(element: RefObject<HTMLElement | null>, onDone: (from: number, to: number) => void) {
  const [over, setOver] = useState<{ left: number; width: number }>()

  const start = (down: ReactPointerEvent) => {
    const box = element.current?.getBoundingClientRect()
    if (!box || down.button !== 0) return
    const place = (event: { clientX: number }) => Math.max(0, Math.min(box.width, event.clientX - box.left))
    const began = place(down)
    const ends = (event: { clientX: number }) => [Math.min(began, place(event)), Math.max(began, place(event))] as const
    const move = (event: PointerEvent) => {
      const [from, to] = ends(event)
      setOver(to - from > LEAST ? { left: from, width: to - from } : undefined)
    }
    const stop = (event: PointerEvent) => {
      removeEventListener('pointermove', move)
      setOver(undefined)
      const [from, to] = ends(event)
      if (event.type === 'pointerup' && to - from > LEAST) onDone(from, to)
    }
    addEventListener('pointermove', move)
    addEventListener('pointerup', stop, { once: true })
    addEventListener('pointercancel', stop, { once: true })
  }
  return { over, start }
}
