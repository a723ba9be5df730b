import type { Contract } from '../../shared/rpc/contract.ts'
import { type Asking, asking, askingEach } from './targets/asking.ts'

/** Operations that a page asks for again and again, though each answers once. */
const POLLED: ReadonlySet<string> = new Set(['ledger.read', 'ledger.latency', 'jobs.logs', 'jobs.applicationUi'])

interface Served {
  contract: Contract
  service: object
}

/** The same services; what each operation calls is known as asked for by it. */
export const askedServices = <S extends Record<string, Served>>(services: S): S =>
  Object.fromEntries(Object.entries(services).map(([feature, served]) => [feature, asked(feature, served)])) as S

function asked(feature: string, { contract, service }: Served): Served {
  const operations = service as Record<string, (input: unknown, context: unknown) => unknown>
  const named = Object.entries(contract).map(([operation, { kind, ...rest }]) => {
    const act = operations[operation]
    const name = `${feature}.${operation}`
    if (kind === 'call') {
      const who: Asking = { by: POLLED.has(name) ? 'watch' : 'ask', name }
      return [operation, (input: unknown, context: unknown) => asking(who, () => act?.(input, context))]
    }
    // A stream whose every item counts is work; of one whose newest item counts something is watched.
    const who: Asking = { by: 'overflow' in rest && rest.overflow === 'wait' ? 'work' : 'watch', name }
    return [
      operation,
      (input: unknown, context: unknown) => askingEach(who, () => act?.(input, context) as AsyncIterable<unknown>),
    ]
  })
  return { contract, service: { ...service, ...Object.fromEntries(named) } }
}
