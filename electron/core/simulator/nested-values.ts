import type { FieldGenerator } from '../../../shared/pipelines/simulator-spec.ts'
import type { FieldType } from '../../../shared/pipelines/spec/event.ts'
import type { Draw } from './random.ts'

/** A value of an event, as JSON has it. */
export type Value = string | number | boolean | readonly (Value | null)[] | { readonly [member: string]: Value }

type Nested = Extract<FieldGenerator, { kind: 'struct' | 'list' | 'map' | 'optional' }>

/** Where a value is drawn: the path of it, and what the spec declares there. */
interface Place {
  name: string
  type: FieldType | undefined
  draw: Draw
}

/** Draws what is made of other values; undefined for one that is left out. `drawValue` draws each of these. */
export function drawNested<P extends Place>(
  generator: Nested,
  place: P,
  drawValue: (generator: FieldGenerator, place: P) => Value | undefined,
): Value | undefined {
  const { draw, name, type } = place
  switch (generator.kind) {
    case 'optional':
      return draw.next() < generator.absentShare ? undefined : drawValue(generator.of, place)
    case 'list': {
      const { min, max } = generator.length
      const of = { ...place, type: elementOf(type) }
      // JSON has no place that is left out of a list: null stands there.
      return Array.from({ length: min + Math.floor(draw.next() * (max - min + 1)) }, () => {
        return drawValue(generator.of, of) ?? null
      })
    }
    case 'map': {
      const of = { ...place, type: elementOf(type) }
      const keys = generator.keys.filter(() => draw.next() < generator.share)
      return present(keys.map(key => [key, drawValue(generator.of, of)]))
    }
    case 'struct':
      return present(
        Object.entries(generator.members).map(([member, of]) => [
          member,
          drawValue(of, { ...place, name: `${name}.${member}`, type: memberOf(type, member) }),
        ]),
      )
  }
}

const present = (entries: readonly (readonly [string, Value | undefined])[]): { [member: string]: Value } =>
  Object.fromEntries(entries.flatMap(([member, value]) => (value === undefined ? [] : [[member, value]])))

function elementOf(type: FieldType | undefined): FieldType | undefined {
  if (typeof type !== 'object') return undefined
  return 'list' in type ? type.list : 'map' in type ? type.map : undefined
}

const memberOf = (type: FieldType | undefined, member: string): FieldType | undefined =>
  typeof type === 'object' && 'struct' in type ? type.struct.find(({ name }) => name === member)?.type : undefined

type Pick = Extract<FieldGenerator, { kind: 'pick' }>

/** All picks of rows of a generator, its own and those of its members, with their paths. */
export function everyPick(path: string, generator: FieldGenerator): { path: string; pick: Pick }[] {
  switch (generator.kind) {
    case 'pick':
      return [{ path, pick: generator }]
    case 'list':
    case 'map':
    case 'optional':
      return everyPick(path, generator.of)
    case 'struct':
      return Object.entries(generator.members).flatMap(([name, member]) => everyPick(`${path}.${name}`, member))
    default:
      return []
  }
}
