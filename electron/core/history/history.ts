import { EventEmitter, on } from 'node:events'
import type { HistoryEvent, historyContract, NewEvent } from '../../../shared/features/history.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import { ExpectedError, type ServiceOf } from '../../../shared/rpc/contract.ts'
import type { Clock } from '../clock/clock.ts'
import type { Sample } from './pending.ts'
import type { HistoryStore } from './store.ts'

export const scopeKey = (scope: PipelineScope): string => `${scope.target}/${scope.pipeline}`

/** Where the services' findings go: samples that were seen, and events that happened. */
export interface History {
  sample(scope: PipelineScope, values: Sample): void
  /** Keeps an event and sends it to those who follow. */
  event(scope: PipelineScope, event: NewEvent): void
  /** The same, unless one of its title is kept already: what is found again at every start is news only once. */
  eventOnce(scope: PipelineScope, event: NewEvent): Promise<void>
  service: ServiceOf<typeof historyContract>
  close(): Promise<void>
}

/** The history of all scopes over a store; without one (a short command) nothing is kept and reads say so. */
export function createHistory(store: HistoryStore | undefined, clock: Clock): History {
  const happening = new EventEmitter<{ event: [scope: string, event: HistoryEvent] }>()
  happening.setMaxListeners(0)
  const kept = (): HistoryStore => {
    if (store) return store
    throw new ExpectedError({ code: 'unavailable', message: 'This command keeps no history.', retryable: false })
  }
  function keep(scope: PipelineScope, event: NewEvent): void {
    const known = store?.event(scopeKey(scope), clock.now(), event)
    if (known) happening.emit('event', scopeKey(scope), known)
  }
  return {
    sample: (scope, values) => store?.sample(scopeKey(scope), clock.now(), values),
    event: keep,
    async eventOnce(scope, event) {
      const kept = await store?.events(scopeKey(scope), { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 1_000 })
      if (!kept?.some(({ kind, title }) => kind === event.kind && title === event.title)) keep(scope, event)
    },
    service: {
      range: ({ fromMs, toMs, points, partitions, ...scope }) =>
        kept().range(scopeKey(scope), { fromMs, toMs, points, partitions }),
      events: ({ fromMs, toMs, limit, ...scope }) => kept().events(scopeKey(scope), { fromMs, toMs, limit }),
      async *follow(scope, { signal }) {
        kept()
        try {
          for await (const [of, event] of on(happening, 'event', { signal }))
            if (of === scopeKey(scope)) yield event as HistoryEvent
        } catch (error) {
          if (!signal.aborted) throw error
        }
      },
    },
    close: async () => store?.close(),
  }
}
