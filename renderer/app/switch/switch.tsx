import {
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react'

interface SwitchProps {
  /** What the button says when it is not its name: `Pipeline: Food delivery`. */
  label?: string
  name: string
  badge?: string | undefined
  /** Before the name, and after it. */
  mark?: ReactNode
  note?: string
  /** Of the list. */
  listLabel: string
  /** The button that opens it, for what was opened from the list to give the focus back. */
  button: RefObject<HTMLButtonElement | null>
  onOpen: () => void
  /** The entries of the list, as list items. */
  children: (close: () => void) => ReactNode
}

/**
 * What is shown, and a list of everything else that can be. The list closes on Escape, which gives the focus back
 * to the button, and when pointer or focus go elsewhere.
 */
export function Switch({ label, name, badge, mark, note, listLabel, button, onOpen, children }: SwitchProps) {
  const { box, isOpen, setOpen, onKeyDown } = useOpenList(onOpen, button)
  const list = useId()
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes it from anywhere inside
    <div className="switch" ref={box} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        className="switch-button"
        aria-expanded={isOpen}
        aria-controls={list}
        aria-label={label}
        onClick={() => setOpen(!isOpen)}
      >
        {mark}
        <EntryName name={name} badge={badge} />
        {note && <span className="switch-note">{note}</span>}
        <span aria-hidden="true">▾</span>
      </button>
      {isOpen && (
        <ul id={list} className="switch-list" aria-label={listLabel}>
          {children(() => setOpen(false))}
        </ul>
      )}
    </div>
  )
}

/** A name, and in a badge why what it names cannot be used. */
export function EntryName({ name, badge }: { name: string; badge?: string | undefined }) {
  return (
    <span className="switch-name">
      <strong>{name}</strong>
      {badge !== undefined && <span className="switch-badge">{badge}</span>}
    </span>
  )
}

interface EntryProps {
  isCurrent: boolean
  name: string
  badge?: string | undefined
  mark?: ReactNode
  style?: CSSProperties
  onChoose: () => void
  /** Below the name. */
  children: ReactNode
}

/** An entry that can be chosen. */
export function Entry({ isCurrent, name, badge, mark, style, onChoose, children }: EntryProps) {
  return (
    <button type="button" aria-current={isCurrent ? 'true' : undefined} style={style} onClick={onChoose}>
      {mark}
      <span className="switch-words">
        <EntryName name={name} badge={badge} />
        {children}
      </span>
    </button>
  )
}

function useOpenList(onOpen: () => void, button: RefObject<HTMLButtonElement | null>) {
  const [isOpen, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!isOpen) return
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
  }, [isOpen, onOpen])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !isOpen) return
    setOpen(false)
    button.current?.focus()
  }
  return { box, isOpen, setOpen, onKeyDown }
}
