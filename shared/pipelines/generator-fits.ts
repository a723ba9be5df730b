import type { FieldGenerator } from './simulator-spec.ts'
import type { EventField, FieldType, ScalarType } from './spec/event.ts'

/** What a generator is held against: a field, or a member of one. */
interface Place {
  /** In the spec: `simulator.fields.site.members.height`. */
  at: string
  type: FieldType
  required: boolean
}

const INT_RANGE = 2 ** 31
const NUMBERS = ['lognormal', 'normal', 'uniform', 'share', 'pick'] as const
/** What makes values of a type; a pick is read as the type says. */
const MAKES: Record<Exclude<ScalarType, 'json'>, readonly FieldGenerator['kind'][]> = {
  string: ['id', 'clock', 'pick', 'choice'],
  int: NUMBERS,
  bigint: NUMBERS,
  double: NUMBERS,
  decimal: NUMBERS,
  boolean: ['boolean'],
  timestamp: ['clock'],
}

/**
 * Where generators make no values of the types of their fields, each as a sentence with its place; a field that must be
 * there and has no generator is one, too.
 */
export function unfitGenerators(
  fields: readonly EventField[],
  generators: Readonly<Record<string, FieldGenerator>>,
): string[] {
  return fields.flatMap(({ name, type, required }) => {
    const at = `simulator.fields.${name}`
    const generator = Object.hasOwn(generators, name) ? generators[name] : undefined
    if (generator) return unfit(generator, { at, type, required })
    return required ? [`${at}: is missing, and the field must be there`] : []
  })
}

function unfit(generator: FieldGenerator, { at, type, required }: Place): string[] {
  if (generator.kind === 'optional')
    return [
      ...(required ? [`${at}: the field must be there, so its value may not be left out`] : []),
      ...unfit(generator.of, { at: `${at}.of`, type, required: false }),
    ]
  if (type === 'json') return []
  if (typeof type === 'string') return unfitScalar(generator, at, type)
  const wanted = 'list' in type ? 'list' : 'map' in type ? 'map' : 'struct'
  if (generator.kind !== wanted) return [`${at}: ${generator.kind} makes no ${wanted}`]
  if (generator.kind === 'list' && 'list' in type)
    return [
      ...(generator.length.min > generator.length.max ? [`${at}.length: min is greater than max`] : []),
      ...unfit(generator.of, { at: `${at}.of`, type: type.list, required: false }),
    ]
  if (generator.kind === 'map' && 'map' in type)
    return unfit(generator.of, { at: `${at}.of`, type: type.map, required: false })
  if (generator.kind === 'struct' && 'struct' in type)
    return Object.entries(generator.members).flatMap(([name, member]) => {
      const declared = type.struct.find(entry => entry.name === name)
      const of = `${at}.members.${name}`
      return declared ? unfit(member, { at: of, type: declared.type, required: false }) : [`${of}: is not declared`]
    })
  throw new Error(`${at}: ${generator.kind} was not checked`)
}

function unfitScalar(generator: FieldGenerator, at: string, type: Exclude<ScalarType, 'json'>): string[] {
  if (!MAKES[type].includes(generator.kind))
    return [`${at}: ${generator.kind} makes no ${type}; what does: ${MAKES[type].join(', ')}`]
  if (type !== 'int' && type !== 'bigint') return []
  if ('decimals' in generator && generator.decimals > 0)
    return [`${at}.decimals: ${generator.decimals}, and ${type} has none`]
  if (type === 'int' && 'min' in generator && (generator.min < -INT_RANGE || generator.max >= INT_RANGE))
    return [`${at}: between ${generator.min} and ${generator.max} are numbers that are no int of 32 bits`]
  return []
}
