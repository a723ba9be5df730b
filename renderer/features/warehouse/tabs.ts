import { create } from 'zustand'
import { createJSONStorage, persist } from 'zustand/middleware'
import type { QueryResult } from '../../../shared/features/warehouse.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'

/** What became of the statement of a tab. */
export type Run =
  | { state: 'idle' }
  | { state: 'running'; sinceMs: number; abort: AbortController }
  | { state: 'done'; sql: string; maxRows: number; result: QueryResult }
  | { state: 'failed'; error: AppError }

export interface Tab {
  id: number
  sql: string
  maxRows: number
  run: Run
}

interface Tabs {
  tabs: Tab[]
  current: number
  /** The query that the pipeline begins with, as it was last put into a tab. */
  first: string
  /** Puts a pipeline's first query into the tab, if nobody has written there. */
  begin(sql: string): void
  open(sql: string): number
  close(id: number): void
  choose(id: number): void
  change(id: number, change: Partial<Omit<Tab, 'id'>>): void
}

export const LIMITS = [1_000, 10_000, 100_000]

const tab = (id: number, sql: string): Tab => ({ id, sql, maxRows: 10_000, run: { state: 'idle' } })

/** The SQL tabs: their texts last as long as the window, their results as long as the page. */
export const useTabs = create<Tabs>()(
  persist(
    (set, get) => ({
      tabs: [tab(1, '')],
      current: 1,
      first: '',
      begin(sql) {
        const { tabs, first } = get()
        const [only] = tabs
        const isUntouched = tabs.length === 1 && only !== undefined && (only.sql === '' || only.sql === first)
        set({ first: sql, ...(isUntouched && { tabs: [tab(only.id, sql)] }) })
      },
      open(sql) {
        const id = Math.max(0, ...get().tabs.map(entry => entry.id)) + 1
        set({ tabs: [...get().tabs, tab(id, sql)], current: id })
        return id
      },
      close(id) {
        const { tabs, current } = get()
        const closing = tabs.find(entry => entry.id === id)
        if (closing?.run.state === 'running') closing.run.abort.abort()
        const left = tabs.filter(entry => entry.id !== id)
        const kept = left.length > 0 ? left : [tab(id + 1, '')]
        const next =
          kept[
            Math.min(
              kept.length - 1,
              Math.max(
                0,
                tabs.findIndex(entry => entry.id === id),
              ),
            )
          ]
        set({ tabs: kept, current: id === current ? (next?.id ?? 1) : current })
      },
      choose: id => set({ current: id }),
      change: (id, change) =>
        set({ tabs: get().tabs.map(entry => (entry.id === id ? { ...entry, ...change } : entry)) }),
    }),
    {
      name: 'sluice-sql',
      storage: createJSONStorage(() => sessionStorage),
      partialize: ({ tabs, current, first }) => ({
        current,
        first,
        tabs: tabs.map(({ id, sql, maxRows }) => ({ id, sql, maxRows, run: { state: 'idle' } })),
      }),
    },
  ),
)
