import type { Pipeline } from '../../../shared/pipelines/pipeline.ts'

type Fields = Record<string, unknown>

/** The ways in which producers break events; each needs nothing but the spec to know what would be wrong. */
const WAYS: ((fields: Fields, spec: Pipeline, names: { key: string; time: string }) => Uint8Array)[] = [
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

/**
 * An event of these fields, broken in one of the ways, chosen by `which`. Whatever the way, it breaks the spec's rules.
 */
export const breakEvent = (
  fields: Fields,
  spec: Pipeline,
  names: { key: string; time: string },
  which: number,
): Uint8Array => (WAYS[which % WAYS.length] as (typeof WAYS)[number])(fields, spec, names)

const json = (fields: Fields): Buffer => Buffer.from(JSON.stringify(fields))

function without(fields: Fields, name: string | undefined): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name))
}

/** The first field of the spec that fits, with a value it must not have; a spec without one loses its key instead. */
function first(spec: Pipeline, fits: (field: Pipeline['event']['fields'][number]) => boolean, value: unknown): Fields {
  const field = spec.event.fields.find(fits)
  return field ? { [field.name]: value } : { [spec.event.key[0] ?? '']: null }
}
