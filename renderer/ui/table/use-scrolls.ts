import { type RefObject, useEffect, useState } from 'react'

/** Whether an element holds more than it shows: it must then be reachable by the keys, to be scrolled by them. */
export function useScrolls(element: RefObject<HTMLElement | null>): boolean {
  const [scrolls, setScrolls] = useState(false)
  useEffect(() => {
    const box = element.current
    if (!box) return
    const look = () => setScrolls(box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight)
    const sizes = new ResizeObserver(look)
    sizes.observe(box)
    for (const child of box.children) sizes.observe(child)
    return () => sizes.disconnect()
  }, [element])
  return scrolls
}
