import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCatalog } from '../../../electron/core/pipelines/catalog.ts'
import { keptFolders } from '../../../electron/core/pipelines/kept-folders.ts'
import { createPipelinesService } from '../../../electron/core/pipelines/pipelines.ts'
import { projectPath } from '../../../electron/hosts/project.ts'
import { builtInSpecs, openSpecFolder } from '../../../electron/hosts/spec-folder.ts'
import { defaultPipeline, type PipelineEntry } from '../../../shared/features/pipelines.ts'
import { strictCare } from '../../../shared/state/damage.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let mine: string
const catalogOn = (given: string[] = []) =>
  createCatalog({
    builtIn: builtInSpecs,
    openFolder: openSpecFolder,
    given,
    kept: keptFolders(
      join(folder.path, 'core'),
      strictCare(Date.now, () => undefined),
    ),
  })
const ofMine = async (given = [mine]): Promise<PipelineEntry[]> =>
  (await catalogOn(given).list()).pipelines.filter(entry => entry.folder !== null)
const foodDelivery = async () =>
  JSON.parse(await readFile(projectPath('shared/pipelines/food-delivery.json'), 'utf8')) as Record<string, unknown>
const write = async (name: string, spec: object) => writeFile(join(mine, name), JSON.stringify(spec))

beforeEach(async () => {
  folder = await temporaryFolder()
  mine = join(folder.path, 'mine')
  await mkdir(mine)
})
afterEach(() => folder.remove())

describe('the catalog of pipelines', () => {
  it('begins with the pipelines of Sluice, of which the first that can run is the default', async () => {
    const { pipelines, folders } = await catalogOn().list()
    expect(pipelines).toHaveLength(5)
    expect(folders).toEqual([])
    expect(defaultPipeline(pipelines)).toMatchObject({
      id: 'food-delivery',
      event: { noun: 'order', plural: 'orders', key: ['OrderID'] },
      table: 'factOrders',
      firstQuery: expect.stringContaining('food_delivery_datamart.factOrders'),
    })
  })

  it('says each kind of missing part once, with all queries that ask for it', async () => {
    const { pipelines } = await catalogOn().list()
    for (const entry of pipelines) {
      if (entry.state !== 'incomplete') continue
      const kinds = entry.missing.map(part => part.replace(/ \(.*/, ''))
      expect(new Set(kinds).size, entry.missing.join('; ')).toBe(kinds.length)
    }
  })

  it('refuses a pipeline that cannot run with what it is missing, and one that is not there with what is', async () => {
    const catalog = catalogOn()
    await expect(catalog.find('user-signups')).rejects.toThrow(/cannot run yet: .*Kafka sources/)
    await expect(catalog.find('nobody')).rejects.toMatchObject({ error: { hint: 'Known: food-delivery.' } })
  })
})

describe('a folder of specs', () => {
  it('follows what its files say, without a change of the program', async () => {
    const catalog = catalogOn([mine])
    await catalog.list()
    const spec = { ...(await foodDelivery()), id: 'mine', title: 'Mine' }
    await write('mine.json', spec)
    await mkdir(join(mine, 'sql', 'food-delivery'), { recursive: true })
    await mkdir(join(mine, 'dims', 'food-delivery'), { recursive: true })
    const names = ['schema', 'dimensions', 'facts', 'star'].map(name => `sql/food-delivery/${name}.sql`)
    for (const name of names) await writeFile(join(mine, name), `-- ${name} of mine`)
    for (const name of ['dimCustomers', 'dimRestaurants', 'dimDeliveryRiders'])
      await writeFile(join(mine, `dims/food-delivery/${name}.csv`), 'a,b\n')
    const { pipelines } = await catalog.list()
    expect(pipelines.at(-1)).toMatchObject({ state: 'ready', id: 'mine', file: join(mine, 'mine.json'), folder: mine })
    const { files } = await catalog.find('mine')
    expect(await files.text('sql/food-delivery/star.sql')).toBe('-- sql/food-delivery/star.sql of mine')
    await write('mine.json', { ...spec, id: 'renamed' })
    expect((await catalog.list()).pipelines.at(-1)).toMatchObject({ id: 'renamed' })
  })

  it('may not take the id of a pipeline of Sluice', async () => {
    await write('again.json', await foodDelivery())
    expect(await ofMine()).toEqual([
      {
        state: 'unreadable',
        file: join(mine, 'again.json'),
        folder: mine,
        problem:
          `${join(mine, 'again.json')} has the id food-delivery, which shared/pipelines/food-delivery.json has ` +
          'too. Give it an "id" of its own.',
      },
    ])
  })

  it('with a spec that names a file that is not there says which, and harms no other pipeline', async () => {
    await write('a.json', { ...(await foodDelivery()), id: 'a' })
    await writeFile(join(mine, 'b.json'), '{')
    const [a, b] = await ofMine()
    expect(a).toMatchObject({ state: 'unreadable', problem: expect.stringContaining('sql/food-delivery/schema.sql') })
    expect(b).toMatchObject({ state: 'unreadable', problem: expect.stringContaining('b.json is not JSON') })
    expect(defaultPipeline((await catalogOn([mine]).list()).pipelines)?.id).toBe('food-delivery')
  })

  it('is not left by a link: not of a spec, not of its SQL, not of a folder on the way', async () => {
    const secret = join(folder.path, 'secret')
    await mkdir(join(secret, 'food-delivery'), { recursive: true })
    await writeFile(join(secret, 'food-delivery', 'schema.sql'), 'the secret')
    await writeFile(join(secret, 'spec.json'), JSON.stringify(await foodDelivery()))
    await symlink(join(secret, 'spec.json'), join(mine, 'link.json'))
    await symlink(secret, join(mine, 'sql'))
    const specs = await openSpecFolder(mine)
    expect(await specs.specs()).toEqual([
      { file: join(mine, 'link.json'), problem: expect.stringContaining('leads out of its folder') },
    ])
    await expect(specs.file('sql/food-delivery/schema.sql')).rejects.toThrow('leads out of its folder')
    await expect(specs.file('../secret/food-delivery/schema.sql')).rejects.toThrow('leads out of its folder')
  })

  it('that is a link itself is read, for its user named it', async () => {
    const link = join(folder.path, 'link')
    await symlink(mine, link)
    await writeFile(join(mine, 'b.json'), '[]')
    expect(await ofMine([link])).toMatchObject([{ file: join(link, 'b.json'), folder: link }])
  })
})

describe('the setting of folders', () => {
  it('keeps what was added for good for the next program, and forgets what was removed', async () => {
    await catalogOn().add(mine, true)
    const next = catalogOn()
    expect((await next.list()).folders).toEqual([{ path: mine, kept: true, problem: null }])
    expect((await next.remove(mine)).folders).toEqual([])
    expect((await catalogOn().list()).folders).toEqual([])
    await expect(next.remove(mine)).rejects.toThrow('is not a folder of pipelines here')
  })

  it('does not keep a folder that a command line named', async () => {
    const catalog = catalogOn([mine])
    expect((await catalog.list()).folders).toEqual([{ path: mine, kept: false, problem: null }])
    expect((await catalogOn().list()).folders).toEqual([])
  })

  it('takes only a folder that is there, by its whole path', async () => {
    const service = createPipelinesService(catalogOn())
    const context = { signal: new AbortController().signal }
    const add = (path: string) => service.addFolder({ path, keep: true }, context)
    await expect(add('mine')).rejects.toThrow('mine is not a whole path')
    await expect(add(join(folder.path, 'nowhere'))).rejects.toThrow('nowhere is not there')
    await writeFile(join(folder.path, 'file'), '')
    await expect(add(join(folder.path, 'file'))).rejects.toThrow('is not a folder')
  })

  it('lists a folder that went away with the reason, and goes on without it', async () => {
    const gone = join(folder.path, 'gone')
    const { pipelines, folders } = await catalogOn([gone]).list()
    expect(folders).toEqual([{ path: gone, kept: false, problem: expect.stringContaining('is not there') }])
    expect(pipelines).toHaveLength(5)
  })
})
