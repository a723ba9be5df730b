import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { projectFile } from '../../../electron/hosts/project.ts'
import {
  AS_READ_ONLY,
  all,
  applied,
  failure,
  openCoreHere,
  SCOPE,
  type TestCore,
  value,
} from '../../fixture/open-core.ts'

let pipeline: Awaited<ReturnType<typeof openCoreHere>>
let bucket = ''
const opened: TestCore[] = []
beforeAll(async () => {
  pipeline = await openCoreHere()
  await all(applied(pipeline.core))
  bucket = value(await pipeline.core.artifacts.state(SCOPE)).bucket
})
afterAll(async () => {
  for (const core of opened) await core.close()
  await pipeline.close()
})

/** Core as a console has it whose main.py ends with a line of its own. */
function withScript(line: string, before: () => Promise<void> = () => Promise.resolve()): TestCore {
  const core = pipeline.another({
    async projectFile(path) {
      if (path !== 'spark/main.py') return projectFile(path)
      await before()
      return `${await projectFile(path)}# ${line}\n`
    },
  })
  opened.push(core)
  return core
}

const state = async (core = pipeline.core) => value(await core.artifacts.state(SCOPE))
const SCRIPT = 'pyspark_script/main.py'

/** The text of a file of the current version. */
async function currentText(name: string): Promise<string> {
  const { current, versions } = await state()
  const file = versions.find(({ id }) => id === current)?.files.find(entry => entry.name === name)
  const { Body } = await pipeline.aws.s3.send(new GetObjectCommand({ Bucket: bucket, Key: file?.key ?? '' }))
  return (await Body?.transformToString()) ?? ''
}

async function keys(): Promise<string[]> {
  const { Contents = [] } = await pipeline.aws.s3.send(new ListObjectsV2Command({ Bucket: bucket }))
  return Contents.map(({ Key = '' }) => Key)
}

describe('deploying the artifacts of a pipeline', () => {
  it('says before the first one that nothing is there, and starts no job and loads no dimension', async () => {
    const before = await state()
    expect(before).toMatchObject({ current: null, since: null, versions: [], older: 0, running: [] })
    expect(new Set(before.changes.map(change => change.state))).toEqual(new Set(['added']))
    expect(await failure(pipeline.core.jobs.start(SCOPE))).toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('Nothing is deployed'),
    })
    await all(pipeline.core.warehouse.createAndLoadDimensions(SCOPE)).then(
      () => expect.unreachable(),
      (error: Error) => expect(error.message).toContain('Nothing is deployed'),
    )
  })

  it('uploads each file under its hash, below the folder that its kind has', async () => {
    await all(pipeline.core.artifacts.deploy(SCOPE))
    const now = await state()
    const [version] = now.versions
    expect(version).toMatchObject({ id: now.current, pipeline: 'food-delivery', before: null, wheelhouse: null })
    expect(version?.by).toMatch(/^arn:aws:/)
    for (const { name, key, sha256 } of version?.files ?? []) {
      const [folder = '', ...rest] = name.split('/')
      expect(key).toBe(`${folder}/${sha256.slice(0, 16)}/${rest.join('/')}`)
    }
    expect(await currentText('dims/food-delivery/dimCustomers.csv')).toBe(
      await projectFile('dims/food-delivery/dimCustomers.csv'),
    )
    expect(new Set(now.changes.map(change => change.state))).toEqual(new Set(['same']))
  })

  it('done again without a change uploads nothing, and makes no version', async () => {
    const before = await keys()
    const events = await all(pipeline.core.artifacts.deploy(SCOPE))
    expect(new Set(events.map(event => event.state))).toEqual(new Set(['skipped']))
    expect(await keys()).toEqual(before)
  })

  it('shows before what it would change, with the lines of a text', async () => {
    const changed = withScript('one')
    const { current, changes } = await state(changed)
    expect(changes.filter(change => change.state !== 'same').map(({ name }) => name)).toEqual([SCRIPT])
    const diff = value(await changed.artifacts.diff({ ...SCOPE, from: current, to: 'here' }))
    const script = diff.files.find(({ name }) => name === SCRIPT)
    expect(script?.lines?.at(0)).toMatch(/^@@ /)
    expect(script?.lines?.filter(line => /^[+-]/.test(line))).toEqual(['+# one'])
    const zip = diff.files.find(({ name }) => name.endsWith('.zip'))
    expect(zip).toMatchObject({ state: 'same', lines: null, why: 'the same' })
  })

  it('uploads only what has changed, and keeps the version before, to which one call goes back', async () => {
    const first = (await state()).current
    const events = await all(withScript('two').artifacts.deploy(SCOPE))
    const uploaded = events.filter(event => event.state === 'done').map(({ step }) => step)
    expect(uploaded).toEqual([`artifact:${SCRIPT}`, 'current'])
    const now = await state()
    expect(now.versions.map(({ id }) => id)).toEqual([now.current, first])
    expect(now.versions[0]?.before).toBe(first)
    expect(await currentText(SCRIPT)).toMatch(/# two\n$/)

    await all(pipeline.core.artifacts.back(SCOPE))
    expect((await state()).current).toBe(first)
    expect(await currentText(SCRIPT)).toBe(await projectFile('spark/main.py'))
    await all(pipeline.core.artifacts.back({ ...SCOPE, to: now.current ?? '' }))
    expect((await state()).current).toBe(now.current)
  })

  it('of two consoles at once lets one through, and tells the other who was faster', async () => {
    let read = (): void => undefined
    let goOn = (): void => undefined
    const hasRead = new Promise<void>(resolve => {
      read = resolve
    })
    const mayGoOn = new Promise<void>(resolve => {
      goOn = resolve
    })
    // Files are read when the version that is current is known already.
    const slow = withScript('of one', async () => {
      read()
      await mayGoOn
    })
    const slower = failure(slow.artifacts.deploy(SCOPE))
    await hasRead
    await all(withScript('of two').artifacts.deploy(SCOPE))
    const current = (await state()).current
    goOn()
    const refused = await slower
    expect(refused).toMatchObject({ code: 'conflict', reason: 'changed_since' })
    expect(refused.message).toContain(current ?? 'none')
    expect((await state()).current).toBe(current)
    expect(await currentText(SCRIPT)).toMatch(/# of two\n$/)
  })

  it('is refused where another version is current than the one that was shown', async () => {
    const { current, versions } = await state()
    const shown = versions.find(({ id }) => id !== current)?.id ?? null
    for (const work of [
      withScript('three').artifacts.deploy({ ...SCOPE, shown }),
      pipeline.core.artifacts.back({ ...SCOPE, shown }),
    ])
      expect(await failure(work)).toMatchObject({ code: 'conflict', reason: 'changed_since' })
    expect((await state()).current).toBe(current)
  })

  it('ended after any of its steps leaves the current version whole, and done again completes it', async () => {
    const { current } = await state()
    const text = await currentText(SCRIPT)
    const core = withScript('ended')
    for (let steps = 1; ; steps++) {
      const ended = new AbortController()
      let left = steps
      let finished = true
      for await (const result of core.artifacts.deploy(SCOPE, ended.signal)) {
        if (!result.ok) finished = false
        else if (result.value.step === 'current' && result.value.state === 'done') finished = true
        if (--left === 0) {
          finished = result.ok && result.value.step === 'current' && result.value.state === 'done'
          ended.abort()
          break
        }
      }
      const now = await state()
      if (finished || now.current !== current) break
      expect(await currentText(SCRIPT)).toBe(text)
    }
    await all(core.artifacts.deploy(SCOPE))
    expect(await currentText(SCRIPT)).toMatch(/# ended\n$/)
  })

  it('does not go back to a version of which a file is gone, and says which', async () => {
    const { current, versions } = await state()
    const other = versions.find(({ id }) => id !== current)
    const script = other?.files.find(({ name }) => name === SCRIPT)
    await pipeline.aws.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: script?.key ?? '' }))
    expect(await failure(pipeline.core.artifacts.back({ ...SCOPE, to: other?.id ?? '' }))).toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(SCRIPT),
    })
    expect((await state()).current).toBe(current)
    expect(await failure(pipeline.core.artifacts.back({ ...SCOPE, to: 'none' }))).toMatchObject({ code: 'not_found' })
  })

  it('on a read-only target is refused', async () => {
    const readOnly = pipeline.another({ rules: AS_READ_ONLY })
    opened.push(readOnly)
    expect((await failure(readOnly.artifacts.deploy(SCOPE))).code).toBe('access_denied')
    expect((await failure(readOnly.artifacts.back(SCOPE))).code).toBe('access_denied')
  })
})
