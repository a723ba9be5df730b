import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { wheelStore } from '../../../electron/hosts/wheels/wheel-store.ts'
import type { Wheel } from '../../../shared/job/wheel-lock.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'
import { openIndex, wheelOf } from './index-of-test.ts'

const CONTENT = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, at) => at * 7))
const WHEEL = wheelOf('some-package', CONTENT)
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function open(options: Parameters<typeof openIndex>[1] = {}, content = CONTENT) {
  const index = await openIndex(new Map([[WHEEL.file, content]]), options)
  const folder = await temporaryFolder()
  closing.push(index.close, folder.remove)
  const address = options.secret ? index.address.replace('//', `//${options.secret}@`) : index.address
  const env = { SLUICE_WHEELS_FOLDER: folder.path, PIP_INDEX_URL: address }
  const store = () => wheelStore({ env, platform: 'linux' }, 1)
  return { index, folder: folder.path, store }
}

interface Opened {
  index: Awaited<ReturnType<typeof openIndex>>
  store: () => ReturnType<typeof wheelStore>
}

async function fetched({ index, store }: Opened, wheel: Wheel = WHEEL) {
  const work = store().fetch(wheel, new AbortController().signal)
  const progress: number[] = []
  for (;;) {
    const step = await work.next()
    if (step.done) return { path: step.value, progress }
    progress.push(step.value)
    index.arrived(step.value)
  }
}

const files = (index: Awaited<ReturnType<typeof openIndex>>) =>
  index.asked.filter(({ path }) => path.startsWith('/files/'))

describe('wheels from a package index', () => {
  it.each(['json', 'html'] as const)(
    'come from an index that lists its files as %s, with how much has come',
    async form => {
      const opened = await open({ form })

      const { path, progress } = await fetched(opened)
      expect(await readFile(path)).toEqual(CONTENT)
      expect(progress.at(-1)).toBe(CONTENT.length)
      expect(progress).toEqual([...progress].sort((a, b) => a - b))
    },
  )

  it('are fetched once: the second time nobody is asked', async () => {
    const opened = await open()
    const { index, store } = opened
    expect(await store().cached([WHEEL])).toEqual([])
    await fetched(opened)
    const before = index.asked.length
    await fetched(opened)
    expect(index.asked).toHaveLength(before)
    expect(await store().cached([WHEEL])).toEqual([WHEEL])
  })

  it('go on after each connection that breaks, and what has come is not asked for again', async () => {
    const opened = await open({ breaksAfter: 100_000 })
    const { index } = opened
    expect(await readFile((await fetched(opened)).path)).toEqual(CONTENT)
    expect(files(index).map(({ range }) => range)[0]).toBeUndefined()
    const ranges = files(index)
      .slice(1)
      .map(({ range }) => Number(/\d+/.exec(range ?? '')?.[0]))
    expect(ranges).toEqual([100_000, 200_000])
  })

  it('go on after a program that ended in the middle, from what is on the disk', async () => {
    const opened = await open()
    const { index, store } = opened
    const ended = new AbortController()
    const work = store().fetch(WHEEL, ended.signal)
    await work.next()
    ended.abort()
    await expect(work.next().then(async () => work.next())).rejects.toThrow()
    expect(await store().cached([WHEEL])).toEqual([])
    expect(await readFile((await fetched(opened)).path)).toEqual(CONTENT)
    expect(files(index)).toHaveLength(2)
  })

  it('come whole from an index that knows no ranges', async () => {
    const opened = await open({ ranges: false, breaksAfter: 100_000 })
    const { index } = opened
    await expect(fetched(opened)).rejects.toThrow('could not be fetched')
    index.settings.breaksAfter = CONTENT.length
    expect(await readFile((await fetched(opened)).path)).toEqual(CONTENT)
  })

  it('with another hash are refused, reported with both hashes, and thrown away', async () => {
    const other = Buffer.from(CONTENT).fill('other', 100, 105)
    const opened = await open({}, other)
    const { folder } = opened
    const { sha256 } = wheelOf('some-package', other)
    await expect(fetched(opened)).rejects.toThrow(`its SHA-256 is ${sha256}, and must be ${WHEEL.sha256}`)
    expect((await readdir(folder, { recursive: true })).filter(name => name.includes('.whl'))).toEqual([])
  })

  it('that were damaged on the disk are fetched again', async () => {
    const opened = await open()
    const { index } = opened
    const { path } = await fetched(opened)
    await writeFile(path, Buffer.alloc(CONTENT.length))
    expect(await readFile((await fetched(opened)).path)).toEqual(CONTENT)
    expect(files(index)).toHaveLength(2)
  })

  it('are asked for with the name and password of PIP_INDEX_URL', async () => {
    const opened = await open({ secret: 'somebody:a-password' })
    expect((await fetched(opened)).path).toContain(join(WHEEL.sha256.slice(0, 16), WHEEL.file))
  })

  it('that an index does not have are reported with its address and how to name another', async () => {
    const opened = await open()
    const { index } = opened
    const missing = { ...WHEEL, file: 'another-1.0-py3-none-any.whl' }
    await expect(fetched(opened, missing)).rejects.toMatchObject({
      error: {
        code: 'not_found',
        message: expect.stringContaining(index.address),
        hint: expect.stringContaining('PIP_INDEX_URL'),
      },
    })
  })

  it('from an index that nobody answers for are reported as unavailable, with what goes on', async () => {
    const opened = await open()
    const { index } = opened
    await index.close()
    closing.shift()
    await expect(fetched(opened)).rejects.toMatchObject({ error: { code: 'unavailable', retryable: true } })
  })
})
