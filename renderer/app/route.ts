import { useSyncExternalStore } from 'react'

/** The pages, in the order of the rail. The key is what `g` and it go to. */
export const PAGES = [
  { id: 'home', title: 'Home', key: 'h', hint: 'Healthy or not, how far behind, since when' },
  { id: 'provision', title: 'Provision', key: 'p', hint: 'What must exist against what exists' },
  { id: 'simulator', title: 'Simulator', key: 's', hint: 'Orders, their rate and their mix' },
  { id: 'stream', title: 'Stream', key: 't', hint: 'Shards, lag and resharding' },
  { id: 'job', title: 'Job', key: 'j', hint: 'Cluster, steps, batches, logs' },
  { id: 'warehouse', title: 'Warehouse', key: 'w', hint: 'Tables, SQL and results' },
  { id: 'order', title: 'One order', key: 'o', hint: 'From its event to its row' },
] as const
export type PageId = (typeof PAGES)[number]['id']

export interface Route {
  page: PageId
  /** What else the link says about the view. */
  query: URLSearchParams
}

function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const page = PAGES.find(entry => entry.id === path)?.id ?? 'home'
  return { page, query: new URLSearchParams(query) }
}

let current = routeOf(location.hash)
const subscribe = (listener: () => void) => {
  const changed = () => {
    current = routeOf(location.hash)
    listener()
  }
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}

export const useRoute = (): Route => useSyncExternalStore(subscribe, () => current)

/** The address of a view, to be put into a link or a chat. */
export const linkTo = (page: PageId, query: Record<string, string> = {}): string => {
  const text = new URLSearchParams(query).toString()
  return `#/${page}${text && `?${text}`}`
}

export const goTo = (page: PageId, query: Record<string, string> = {}): void => {
  location.hash = linkTo(page, query)
}
