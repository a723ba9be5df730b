/*
 * What runs inside the page, as text, for that is what its debugger takes. The page is the one that users have: its own
 * modules are asked for what they hold, by the shape of it, because a build gives its exports other names.
 */

/** Points of a shard that its chart keeps (renderer/live/live.ts, KEPT_SECONDS). */
export const KEPT_POINTS = 900

/** Finds the page's stores, and waits until it is connected: `bench.live`, `bench.services()`, `bench.scope()`. */
export const FIND_STORES = `
  const scripts = document.querySelectorAll('script[src], link[rel="modulepreload"]')
  const loaded = [...scripts].map(element => element.src || element.href)
  const modules = await Promise.all(loaded.map(address => import(address)))
  const stores = modules.flatMap(module => Object.values(module)).filter(value => typeof value?.getState === 'function')
  const live = stores.find(store => 'samples' in store.getState() && 'lag' in store.getState())
  const connection = stores.find(store => ['connecting', 'open', 'lost'].includes(store.getState().state))
  if (!live || !connection) throw new Error('The page gives out no store of what is live, or of its connection')
  while (!connection.getState().services) await new Promise(resolve => setTimeout(resolve, 50))
  globalThis.bench = { live, services: () => connection.getState().services, scope: () => live.getState().scope }
`

/** Starts the job and waits until it runs. */
export const START_JOB = `
  for await (const result of bench.services().jobs.start(bench.scope()))
    if (!result.ok) throw new Error(result.error.message)
`

/**
 * Fills the charts as they are after a quarter of an hour: earlier samples like the newest one, each a little
 * different.
 */
export const FILL_CHARTS = `
  const like = (sample, atMs) => {
    const copy = structuredClone(sample)
    for (const shard of Object.values(copy.partitions))
      for (const name of Object.keys(shard)) shard[name] = Math.round(shard[name] * (0.5 + Math.random()))
    return { ...copy, atMs }
  }
  const known = () => bench.live.getState().samples.at(-1)
  while (!Object.values(known()?.partitions ?? {}).some(shard => shard.atCommitRecords !== undefined))
    await new Promise(resolve => setTimeout(resolve, 200))
  const last = known()
  const atMs = index => last.atMs - (${KEPT_POINTS} - index) * 1000
  const samples = Array.from({ length: ${KEPT_POINTS} }, (_, index) => like(last, atMs(index)))
  bench.live.setState({ samples })
`

/** Goes to a page of the console and waits until its heading is there. */
export const goTo = (page: string, heading: string): string => `
  location.hash = '#/${page}'
  while (document.querySelector('h1')?.innerText !== '${heading}') await new Promise(resolve => setTimeout(resolve, 50))
`

/**
 * Gives the page stream, lag and a sample for its charts four times a second each, one after the other as they would
 * arrive: into its own stores, with what core said last. `bench.stopUpdates` ends it and returns how many came.
 */
export const UPDATE_FAST = `
  const abort = new AbortController()
  const newest = {}
  for (const part of ['stream', 'lag'])
    void (async () => {
      for await (const result of bench.services()[part].watch({ ...bench.scope(), everyMs: 250 }, abort.signal))
        if (result.ok) newest[part] = result.value
    })()
  let updates = 0
  const startedMs = performance.now()
  const give = part =>
    newest[part] && bench.live.setState({ [part]: { value: { ...newest[part] }, receivedMs: Date.now() } })
  const sample = () => {
    const { samples } = bench.live.getState()
    bench.live.setState({ samples: [...samples.slice(1 - ${KEPT_POINTS}), { ...samples.at(-1), atMs: Date.now() }] })
    updates++
  }
  const acts = [() => give('stream'), () => give('lag'), sample]
  const timers = acts.map((act, index) => setTimeout(() => timers.push(setInterval(act, 250)), index * 80))
  bench.stopUpdates = () => {
    abort.abort()
    for (const timer of timers) clearInterval(timer)
    return (1000 * updates) / (performance.now() - startedMs)
  }
`

export interface Stalls {
  /** Longest time between two frames, ms. */
  longestGap: number
  /** Longest task (Long Tasks API: of 50 ms and more), ms; 0 when there was none. */
  longestTask: number
  longTasks: number
  frames: number
}

/** Watches frames and long tasks for a while. */
export const watchStalls = (durationMs: number): string => `
  const tasks = []
  const observer = new PerformanceObserver(list => tasks.push(...list.getEntries().map(entry => entry.duration)))
  observer.observe({ type: 'longtask' })
  let frames = 0
  let longestGap = 0
  const start = performance.now()
  let before = await new Promise(requestAnimationFrame)
  while (before - start < ${durationMs}) {
    const now = await new Promise(requestAnimationFrame)
    longestGap = Math.max(longestGap, now - before)
    before = now
    frames++
  }
  await new Promise(resolve => setTimeout(resolve, 100))
  observer.disconnect()
  return { longestGap, longestTask: Math.max(0, ...tasks), longTasks: tasks.length, frames }
`
