import { expect, it } from 'vitest'
import { createHistory } from '../../../electron/core/history/history.ts'
import { createHistoryStore } from '../../../electron/core/history/store.ts'
import { systemClock } from '../../../electron/hosts/clock.ts'
import type { NewEvent } from '../../../shared/features/history.ts'
import { SCOPE } from '../../fixture/open-core.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

it('the damage of a file that every start finds again is one event of the history; another one is new', async () => {
  const folder = await temporaryFolder()
  const torn: NewEvent = {
    kind: 'damage',
    state: 'warning',
    title: 'journal.jsonl ended within a line: its last 12 bytes',
  }
  const titles: string[][] = []
  for (const title of [torn.title, torn.title, 'journal.jsonl ended within a line: its last 40 bytes']) {
    const file = `${folder.path}/history.duckdb`
    const history = createHistory(createHistoryStore({ file, now: Date.now, log: () => undefined }), systemClock)
    await history.eventOnce(SCOPE, { ...torn, title })
    const range = { fromMs: 0, toMs: Date.now() + 1_000, limit: 10 }
    const events = await history.service.events({ ...SCOPE, ...range }, { signal: new AbortController().signal })
    titles.push(events.map(event => event.title))
    await history.close()
  }
  expect(titles.map(({ length }) => length)).toEqual([1, 1, 2])
  await folder.remove()
})
