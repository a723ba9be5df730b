import { Ago } from '../ui/figure.tsx'
import { useNow } from '../ui/now.ts'
import { type Known, STALE_MS } from './parts.ts'

/** Says so when a part that is shown has not answered lately: since when, and why. */
export function Stale({ parts }: { parts: Readonly<Record<string, Known<unknown>>> }) {
  const names = useNow(now =>
    Object.entries(parts)
      .filter(
        ([, { value, receivedMs }]) => value !== undefined && receivedMs !== undefined && now - receivedMs > STALE_MS,
      )
      .map(([name]) => name)
      .join(', '),
  )
  const old = names.split(', ').flatMap(name => parts[name] ?? [])
  const [first] = old
  if (!first) return null
  const sinceMs = Math.min(...old.flatMap(part => part.receivedMs ?? []))
  const { error } = first
  return (
    <p className="stale" role="status">
      Not up to date: {names} as of <Ago ms={sinceMs} />
      {error ? `. ${error.message}${error.hint ? ` ${error.hint}` : ''}` : '.'}
    </p>
  )
}
