import { useSyncExternalStore } from 'react'

/** The pages, in the order of the rail. The key is what `g` and it go to. */
export const PAGES = [
  { id: 'home', title: 'Home', key: 'h', hint: 'Health, lag and ledger' },
  { id: 'provision', title: 'Provision', key: 'p', hint: 'Desired and actual resources' },
  { id: 'artifacts', title: 'Artifacts', key: 'd', hint: 'What is deployed: versions and differences' },
  { id: 'simulator', title: 'Simulator', key: 's', hint: '{Plural}: rate and mix' },
  { id: 'stream', title: 'Stream', key: 't', hint: '{Partitions}, lag and records' },
  { id: 'job', title: 'Job', key: 'j', hint: 'Cluster, steps, batches, logs' },
  { id: 'warehouse', title: 'Warehouse', key: 'w', hint: 'Tables, SQL and results' },
  { id: 'event', title: 'Trace', key: 'e', hint: 'One {noun}, from the stream to its row' },
  { id: 'cost', title: 'Cost', key: 'c', hint: 'Money an hour and so far, and its limit' },
  { id: 'calls', title: 'Calls', key: 'l', hint: 'Requests to AWS, and who made them' },
  { id: 'profiles', title: 'Profiles', key: 'a', hint: 'AWS profiles of this machine and their logins' },
  { id: 'protection', title: 'Protection', key: 'r', hint: 'Which accounts are production, by your rules' },
  { id: 'audit', title: 'Audit', key: 'u', hint: 'Every change that was made or tried from here' },
] as const
export type PageId = (typeof PAGES)[number]['id']

/** What a pipeline calls its events, and the parts of its stream. */
export interface PageWords {
  noun: string
  plural: string
  partition: string
  partitions: string
}

/** A page's title or hint in the words of a pipeline. */
export const inWords = (text: string, { noun, plural, partitions, partition }: PageWords): string =>
  text
    .replace('{noun}', noun)
    .replace('{plural}', plural)
    .replace('{Plural}', plural.charAt(0).toUpperCase() + plural.slice(1))
    .replace('{partitions}', partitions)
    .replace('{Partitions}', partitions.charAt(0).toUpperCase() + partitions.slice(1))
    .replace('{partition}', partition)

export interface Route {
  page: PageId
  /** What else the link says about the view. */
  query: URLSearchParams
}

/** What every link takes along: which pipeline, where it lives, and the time that is shown. */
const TAKEN_ALONG = ['target', 'pipeline', 'last', 'from', 'to'] as const

function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const page = PAGES.find(entry => entry.id === path)?.id ?? 'home'
  return { page, query: new URLSearchParams(query) }
}

let current = routeOf(location.hash)
addEventListener('hashchange', () => {
  current = routeOf(location.hash)
})

/** Calls back when the address changed. Returns what ends it. */
export const onRoute = (listener: () => void): (() => void) => {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

export const useRoute = (): Route => useSyncExternalStore(onRoute, () => current)
export const currentRoute = (): Route => current

/**
 * The address of a view, to be put into a link or a chat; it takes the pipeline, the target and the time range of this
 * view along.
 */
export function linkTo(page: PageId, query: Readonly<Record<string, string>> = {}): string {
  const kept = TAKEN_ALONG.flatMap(name => {
    const value = current.query.get(name)
    return value === null || name in query ? [] : [[name, value] as [string, string]]
  })
  const text = new URLSearchParams([...kept, ...Object.entries(query)]).toString()
  return `#/${page}${text && `?${text}`}`
}

export const goTo = (page: PageId, query: Readonly<Record<string, string>> = {}): void => {
  location.hash = linkTo(page, query)
}

/** Stays on the page and changes a part of what its link says; `undefined` takes it out. */
export function changeQuery(change: Readonly<Record<string, string | undefined>>): void {
  const query = new URLSearchParams(current.query)
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  location.hash = `#/${current.page}${text && `?${text}`}`
}
