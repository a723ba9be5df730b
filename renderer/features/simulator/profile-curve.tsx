import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { type PointerEvent, useEffect, useRef, useState } from 'react'
import { count } from '../../ui/format.ts'
import { type ProfileText, parseProfile, shownRate } from './profile.ts'

const FIELDS: Record<ProfileText['kind'], { key: Exclude<keyof ProfileText, 'kind'>; label: string }[]> = {
  max: [],
  constant: [{ key: 'rate', label: 'Records per second' }],
  ramp: [
    { key: 'from', label: 'From, records/s' },
    { key: 'rate', label: 'To, records/s' },
    { key: 'seconds', label: 'In, s' },
  ],
  burst: [
    { key: 'rate', label: 'Base, records/s' },
    { key: 'peak', label: 'Peak, records/s' },
    { key: 'every', label: 'Every, s' },
  ],
  day: [
    { key: 'rate', label: 'Mean, records/s' },
    { key: 'seconds', label: 'A day lasts, s' },
  ],
}
const WIDTH = 600
const HEIGHT = 150

interface CurveProps {
  text: ProfileText
  onChange: (text: ProfileText) => void
}

/** The profile as a curve with handles to drag, and the same values as fields. */
export function ProfileCurve({ text, onChange }: CurveProps) {
  const [dragged, setDragged] = useState<ProfileText>()
  const shown = dragged ?? text
  const parsed = parseProfile(shown)
  const profile = parsed.ok ? parsed.value : undefined
  const span =
    profile?.kind === 'burst' ? profile.everySeconds * 2 : profile?.kind === 'ramp' ? profile.seconds * 1.4 : 60
  const top = useTop(
    Math.max(
      Number(shown.rate) || 0,
      shown.kind === 'burst' ? Number(shown.peak) || 0 : 0,
      shown.kind === 'ramp' ? Number(shown.from) || 0 : 0,
    ),
    dragged !== undefined,
  )
  const y = (perSecond: number) => HEIGHT - (Math.min(perSecond, top) / top) * (HEIGHT - 14)
  const line =
    profile &&
    shownRate(profile, 0) !== undefined &&
    Array.from({ length: 121 }, (_, step) => {
      const seconds = (span * step) / 120
      return `${((step / 120) * WIDTH).toFixed(1)},${y(shownRate(profile, seconds) ?? 0).toFixed(1)}`
    }).join(' ')
  const handles = handlesOf(shown).map(handle => ({ ...handle, y: y(Number(shown[handle.key]) || 0) }))
  const drag = (key: Handle['key']) => ({
    onPointerDown: (event: PointerEvent<SVGCircleElement>) => event.currentTarget.setPointerCapture(event.pointerId),
    onPointerMove(event: PointerEvent<SVGCircleElement>) {
      if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
      const box = event.currentTarget.ownerSVGElement?.getBoundingClientRect()
      if (!box) return
      const share = 1 - (event.clientY - box.top) / box.height
      setDragged({ ...shown, [key]: String(Math.max(1, Math.round((Math.min(1, Math.max(0, share)) * top) / 5) * 5)) })
    },
    onPointerUp() {
      if (dragged) onChange(dragged)
      setDragged(undefined)
    },
  })
  return (
    <>
      {line && (
        <svg
          className="curve"
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          role="img"
          aria-label={`Rate over ${Math.round(span)} seconds, up to ${count(top)} records per second`}
        >
          <polyline points={`0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}`} className="curve-area" />
          <polyline points={line} className="curve-line" />
          <text x="4" y="12">
            {count(top)} records/s
          </text>
          <text x={WIDTH - 4} y={HEIGHT - 5} textAnchor="end">
            {Math.round(span)} s
          </text>
          {handles.map(handle => (
            <circle
              key={handle.key}
              cx={handle.x * WIDTH}
              cy={handle.y}
              r="8"
              className="curve-handle"
              {...drag(handle.key)}
            >
              <title>Drag to change</title>
            </circle>
          ))}
        </svg>
      )}
      <div className="columns-3">
        {FIELDS[text.kind].map(field => (
          <FormField key={field.key} label={field.label}>
            <Input
              value={shown[field.key]}
              inputMode="numeric"
              onChange={({ detail }) => onChange({ ...text, [field.key]: detail.value })}
            />
          </FormField>
        ))}
      </div>
    </>
  )
}

interface Handle {
  key: 'rate' | 'from' | 'peak'
  /** 0 to 1 along the curve. */
  x: number
}

function handlesOf({ kind }: ProfileText): Handle[] {
  switch (kind) {
    case 'constant':
      return [{ key: 'rate', x: 0.5 }]
    case 'ramp':
      return [
        { key: 'from', x: 0.015 },
        { key: 'rate', x: 0.72 },
      ]
    case 'burst':
      return [
        { key: 'peak', x: 0.03 },
        { key: 'rate', x: 0.3 },
      ]
    default:
      return []
  }
}

/** The top of the scale: above the greatest rate, and still while something is dragged. */
function useTop(greatest: number, still: boolean): number {
  const top = useRef(1_000)
  const fitting = niceAbove(greatest * 1.4)
  useEffect(() => {
    if (!still) top.current = fitting
  }, [fitting, still])
  return still ? top.current : fitting
}

function niceAbove(value: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(Math.max(10, value)))
  return [1, 2, 5, 10].map(factor => factor * magnitude).find(candidate => candidate >= value) ?? 1_000
}
