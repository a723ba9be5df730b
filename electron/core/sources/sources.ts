import type { Clock } from '../clock/clock.ts'
import type { KnownFailure } from '../errors/known-failure.ts'
import { KINESIS_FAILURES } from './kinesis/failures.ts'
import { createKinesisSources } from './kinesis/kinesis-source.ts'
import type { SourceOf } from './source.ts'

/** A row of the table: makes the sources of one kind, with what they remember of each stream. */
export type SourceKind = (clock: Clock) => SourceOf

/** By the `kind` of a spec's source. */
const KINDS: Readonly<Record<string, SourceKind>> = { kinesis: createKinesisSources }

/** How jobs fail by their sources: of all kinds, for a log says by its words of which it is. */
export const SOURCE_FAILURES: readonly KnownFailure[] = [...KINESIS_FAILURES]

/** The source of each pipeline, chosen by the kind that its spec names. */
export function createSources(clock: Clock, kinds: Readonly<Record<string, SourceKind>> = KINDS): SourceOf {
  const made = new Map<string, SourceOf>()
  return context => {
    const { kind } = context.spec.source
    const make = kinds[kind]
    if (!make) throw new Error(`There is no row for sources of the kind ${kind} in electron/core/sources/sources.ts`)
    const sourceOf = made.get(kind) ?? make(clock)
    made.set(kind, sourceOf)
    return sourceOf(context)
  }
}
