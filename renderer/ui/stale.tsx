import type { Known } from '../app/parts.ts'
import { Ago } from './figure.tsx'
import { useNow } from './now.ts'

/** What rests is asked for every five seconds; twice that without an answer is old. */
const STALE_MS = 11_000

/** Says so when a part that is shown has not answered lately: since when, and why. */
export function Stale({ parts }: { parts: Readonly<Record<string, Known<unknown>>> }) {
  const now = useNow()
  const old = Object.entries(parts).filter(
    ([, part]) => part.value !== undefined && part.receivedMs !== undefined && now - part.receivedMs > STALE_MS,
  )
  const [first] = old
  if (!first) return null
  const sinceMs = Math.min(...old.map(([, part]) => part.receivedMs ?? now))
  const { error } = first[1]
  return (
    <p className="stale" role="status">
      Not up to date: {old.map(([name]) => name).join(', ')} as of <Ago ms={sinceMs} />
      {error ? `. ${error.message}${error.hint ? ` ${error.hint}` : ''}` : '.'}
    </p>
  )
}
