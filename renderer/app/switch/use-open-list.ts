import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react'

/** A list that a button opens: it closes on Escape, and when the pointer or the focus goes elsewhere. */
export function useOpenList(onOpen: () => void): {
  box: RefObject<HTMLDivElement | null>
  open: boolean
  setOpen: (open: boolean) => void
  onKeyDown: (event: KeyboardEvent) => void
} {
  const [open, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return
    onOpen()
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false)
    }
    addEventListener('pointerdown', outside)
    addEventListener('focusin', outside)
    return () => {
      removeEventListener('pointerdown', outside)
      removeEventListener('focusin', outside)
    }
  }, [open, onOpen])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') setOpen(false)
  }
  return { box, open, setOpen, onKeyDown }
}
