import { z } from 'zod'
import { artifactsContract } from '../../shared/features/artifacts.ts'
import { checkpointContract } from '../../shared/features/checkpoint.ts'
import { historyContract } from '../../shared/features/history.ts'
import { jobsContract } from '../../shared/features/jobs.ts'
import { lagContract } from '../../shared/features/lag.ts'
import { ledgerContract } from '../../shared/features/ledger.ts'
import { programsContract } from '../../shared/features/programs.ts'
import { provisionContract } from '../../shared/features/provision.ts'
import { runtimeContract } from '../../shared/features/runtime.ts'
import { simulatorContract } from '../../shared/features/simulator.ts'
import { streamContract } from '../../shared/features/stream.ts'
import { targetsContract } from '../../shared/features/targets.ts'
import { traceContract } from '../../shared/features/trace.ts'
import { warehouseContract } from '../../shared/features/warehouse.ts'
import type { Contract } from '../../shared/rpc/contract.ts'
import type { Draw } from './draw.ts'
import { anyJson, type Json } from './json.ts'

const CONTRACTS: Record<string, Contract> = {
  targets: targetsContract,
  history: historyContract,
  provision: provisionContract,
  artifacts: artifactsContract,
  warehouse: warehouseContract,
  simulator: simulatorContract,
  stream: streamContract,
  lag: lagContract,
  checkpoint: checkpointContract,
  jobs: jobsContract,
  programs: programsContract,
  runtime: runtimeContract,
  ledger: ledgerContract,
  trace: traceContract,
}
/**
 * They reach beyond the data folder: one would download half a gigabyte, the other starts each Python of the machine.
 * Neither takes an input.
 */
const LEFT_OUT = new Set(['runtime.setUpSpark', 'runtime.spark'])

/** What JSON Schema says of an input, as far as the contracts use it. */
interface Schema {
  type?: string
  properties?: Record<string, Schema>
  required?: string[]
  enum?: Json[]
  const?: Json
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  items?: Schema
  minimum?: number
  maximum?: number
  format?: string
}

/** Every operation of every contract, with the form of its input. */
export const OPERATIONS: readonly { op: string; kind: 'call' | 'stream'; schema: Schema }[] = Object.entries(
  CONTRACTS,
).flatMap(([name, contract]) =>
  Object.entries(contract)
    .map(([method, { input, kind }]) => ({
      op: `${name}.${method}`,
      kind,
      schema: z.toJSONSchema(input, { unrepresentable: 'any', io: 'input' }) as Schema,
    }))
    .filter(({ op }) => !LEFT_OUT.has(op)),
)

/** What names of members stand for: with these an input comes as far as a service. */
const MEANT: Record<string, Json[]> = {
  target: ['sandbox', 'sandbox', 'sandbox', 'sandbox', 'nobody'],
  pipeline: ['food-delivery', 'food-delivery', 'food-delivery', 'food-delivery', 'nothing'],
  sql: [
    'select 1',
    'select',
    'select * from mart.fact_orders',
    'drop table nothing',
    'select 1; select 2',
    "select '",
    '-- nothing',
    '/* open',
    'select $1',
    'with a as (select 1) select * from a',
    'copy t from x',
    '\u0000',
  ],
  clusterId: ['j-0000000000000', 'j-', '../x'],
  stepId: ['s-0000000000000', 's-'],
  key: ['order-1', '', 'a'.repeat(300)],
  shardId: ['shardId-000000000000', 'shardId-', 'none'],
  confirm: ['food-delivery', 'other'],
  address: ['s3://bucket/checkpoint', 's3a://b/', 'file:///etc', 's3://'],
  file: ['stderr', 'stdout', 'controller'],
  jar: ['command-runner.jar', 's3://none/none.jar'],
  arguments: [['true'], ['sluice-embedded-engine'], ['spark-submit', '--nonsense'], []],
  orders: [0, 1, 20],
  perSecond: [1, 10],
  shards: [1, 2, 500],
  archive: ['1', '../../x', ''],
}

/** An input that its contract most likely takes. */
export function inputOf(draw: Draw, schema: Schema, name = ''): Json {
  const meant = MEANT[name]
  if (meant && draw.chance(0.9)) return draw.pick(meant)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return draw.pick(schema.enum)
  const ways = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (ways && ways.length > 0) return inputOf(draw, draw.pick(ways), name)
  if (schema.type === 'object') {
    const members = Object.entries(schema.properties ?? {}).filter(
      ([member]) => schema.required?.includes(member) || draw.chance(0.5),
    )
    return Object.fromEntries(members.map(([member, of]) => [member, inputOf(draw, of, member)]))
  }
  if (schema.type === 'array') return Array.from({ length: draw.below(4) }, () => inputOf(draw, schema.items ?? {}))
  if (schema.type === 'integer' || schema.type === 'number') return numberOf(draw, schema)
  if (schema.type === 'boolean') return draw.chance(0.5)
  if (schema.type === 'string') return textOf(draw, schema)
  return anyJson(draw, 1)
}

/** At the edges of what is allowed as often as between them. */
function numberOf(draw: Draw, { minimum = 0, maximum = 10_000, type }: Schema): number {
  const [least, most] = [Math.max(minimum, -(2 ** 53)), Math.min(maximum, 2 ** 53)]
  const way = draw.below(4)
  if (way === 0) return least
  if (way === 1) return most
  const between = least + draw.below(Math.min(most - least, 10_000) + 1)
  return type === 'integer' || way === 2 ? Math.floor(between) : between + 0.5
}

const textOf = (draw: Draw, { format }: Schema): string =>
  format === 'date-time'
    ? draw.pick(['2026-11-25T14:00:00Z', '1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '0001-01-01T00:00:00Z'])
    : draw.pick([
        '',
        'a',
        'food-delivery',
        '1',
        'shardId-000000000000',
        '49590338271490256608559692538361571095921575989136588898',
      ])
