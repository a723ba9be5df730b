import type { Pipeline } from '../../../shared/pipelines/pipeline.ts'

type Fields = Record<string, unknown>
type Way = (fields: Fields, spec: Pipeline, names: { key: string; time: string }) => Uint8Array
type Field = Pipeline['event']['fields'][number]

/** The ways in which producers break events; each needs nothing but the spec to know what would be wrong. */
const WAYS: readonly Way[] = [
  fields => Buffer.from(`event ${JSON.stringify(fields).slice(1, 40)}`),
  fields => Buffer.from(JSON.stringify(fields).slice(0, -20)),
  (fields, spec, { key }) =>
    json(without(fields, spec.event.fields.find(field => field.required && field.name !== key)?.name)),
  (fields, _spec, { key }) => json({ ...fields, [key]: null }),
  (fields, _spec, { time }) => json({ ...fields, [time]: 'yesterday evening' }),
  (fields, spec) => json({ ...fields, ...first(spec, field => field.type === 'int', 'twelve') }),
  (fields, spec) =>
    json({ ...fields, ...first(spec, field => field.type === 'decimal' && (field.min ?? -1) >= 0, -12.5) }),
  (fields, spec) => json({ ...fields, ...first(spec, field => field.enum !== undefined, 'Teleported') }),
  (fields, spec) => json({ ...fields, ...first(spec, field => field.maxBytes !== undefined, 'x'.repeat(70_000)) }),
  fields =>
    Buffer.concat([json(fields).subarray(0, 24), Buffer.from([0xff, 0xfe, 0xc3, 0x28]), json(fields).subarray(24)]),
]

/** What no value of a type is; for the types that only some events have. */
const UNFIT: readonly { has: (field: Field) => boolean; value: (field: Field) => unknown }[] = [
  { has: ({ type }) => type === 'boolean', value: () => 'perhaps' },
  { has: ({ type }) => type === 'bigint' || type === 'double', value: () => 'many' },
  { has: ({ type }) => typeof type === 'object', value: () => 'all in one text' },
  // A list where an object must be, and an object where a list must be.
  {
    has: ({ type }) => typeof type === 'object',
    value: ({ type }) => (typeof type === 'object' && 'list' in type ? { 0: null } : []),
  },
]

/**
 * The ways to break the events of a spec: these few alone where it has no other types, so that a seed's events stay.
 */
const waysOf = ({ event }: Pipeline): readonly Way[] => [
  ...WAYS,
  ...UNFIT.flatMap(({ has, value }) => {
    const field = event.fields.find(has)
    return field ? [(fields: Fields) => json({ ...fields, [field.name]: value(field) })] : []
  }),
]

/**
 * An event of these fields, broken in one of the ways, chosen by `which`. Whatever the way, it breaks the spec's rules.
 */
export const breakEvent = (
  fields: Fields,
  spec: Pipeline,
  names: { key: string; time: string },
  which: number,
): Uint8Array => {
  const ways = waysOf(spec)
  return (ways[which % ways.length] as Way)(fields, spec, names)
}

const json = (fields: Fields): Buffer => Buffer.from(JSON.stringify(fields))

function without(fields: Fields, name: string | undefined): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name))
}

/** The first field of the spec that fits, with a value it must not have; a spec without one loses its key instead. */
function first(spec: Pipeline, fits: (field: Field) => boolean, value: unknown): Fields {
  const field = spec.event.fields.find(fits)
  return field ? { [field.name]: value } : { [spec.event.key[0] ?? '']: null }
}
