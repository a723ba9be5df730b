import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCatalog } from '../../../electron/core/pipelines/catalog.ts'
import { keptFolders } from '../../../electron/core/pipelines/kept-folders.ts'
import { createPipelinesService } from '../../../electron/core/pipelines/pipelines.ts'
import { projectPath } from '../../../electron/hosts/project.ts'
import { builtInSpecs, openSpecFolder } from '../../../electron/hosts/spec-folder.ts'
import { defaultPipeline, type PipelineEntry } from '../../../shared/features/pipelines.ts'
import type { PipelineSpec } from '../../../shared/pipelines/spec/spec.ts'
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

type Event = PipelineSpec['events'][string]
type Query = PipelineSpec['queries'][string]

/** Writes the weather stations of the tests, with names of their own, and what the spec names. */
async function writeStations(name: string): Promise<PipelineSpec> {
  const own = (text: string) =>
    text
      .replaceAll(/weather/gi, name)
      .replaceAll('station-readings', `${name}-readings`)
      .replaceAll('tables.sql', `${name}.sql`)
  const from = (path: string) => readFile(projectPath(`test/fixture/pipelines/${path}`), 'utf8')
  const spec = JSON.parse(own(await from('weather-stations.json'))) as PipelineSpec
  await write(`${name}.json`, spec)
  await mkdir(join(mine, 'sql'), { recursive: true })
  await mkdir(join(mine, 'dims'), { recursive: true })
  await writeFile(join(mine, `sql/${name}.sql`), own(await from('sql/tables.sql')))
  await writeFile(join(mine, 'sql/first.sql'), await from('sql/first.sql'))
  await writeFile(join(mine, 'dims/stations.csv'), await from('dims/stations.csv'))
  return spec
}

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
    const spec = await writeStations('snow')
    const { pipelines } = await catalog.list()
    const file = join(mine, 'snow.json')
    expect(pipelines.at(-1)).toMatchObject({ state: 'ready', id: 'snow-stations', file, folder: mine })
    const { files } = await catalog.find('snow-stations')
    expect(await files.text('sql/snow.sql')).toContain('create schema if not exists snow')
    await write('snow.json', { ...spec, id: 'renamed' })
    expect((await catalog.list()).pipelines.at(-1)).toMatchObject({ state: 'ready', id: 'renamed' })
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

  it('with a spec that names files that are not there says which, and harms no other pipeline', async () => {
    await write('a.json', { ...(await foodDelivery()), id: 'a' })
    await writeFile(join(mine, 'b.json'), '{')
    const [a, b] = await ofMine()
    for (const named of ['sql/food-delivery/schema.sql', 'dims/food-delivery/dimRestaurants.csv'])
      expect(a).toMatchObject({ state: 'unreadable', problem: expect.stringContaining(join(mine, named)) })
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

describe('SQL in a spec', () => {
  const problemOf = async (change: (reading: Event, query: Query) => void): Promise<string> => {
    const spec = await writeStations('snow')
    change(spec.events.reading as Event, spec.queries.readingsToTable as Query)
    await write('snow.json', spec)
    const [entry] = await ofMine()
    if (entry?.state !== 'unreadable') throw new Error(`it is ${entry?.state}`)
    return entry.problem
  }
  const columnOf = (query: Query, name: string) => {
    const [sink] = query.sinks
    const column = sink?.kind === 'redshift' ? sink.columns.find(entry => entry.name === name) : undefined
    if (!column) throw new Error(`no column ${name}`)
    return column
  }

  it('that names a column which no event has is refused with its place in the spec and what DuckDB says', async () => {
    const problem = await problemOf((_, query) => {
      columnOf(query, 'celsius').expression = 'celcius + 1'
    })
    expect(problem).toMatch(/snow\.json is not a pipeline spec:\n/)
    expect(problem).toMatch(
      /\nqueries\.readingsToTable\.sinks\.0\.columns\.2\.expression: Binder Error: .*"celcius" not found.*celsius/,
    )
    expect(problem.split('\n')).toHaveLength(2)
  })

  it.each([
    ['a function that is not there', 'upperr(sky)', /Catalog Error: .*upperr/],
    ['no SQL at all', 'sky sky sky', /Parser Error/],
    ['a bracket too much', 'sky)', /Parser Error/],
    ['a comment that would end the statement', 'sky -- that is all', /Parser Error/],
    ['an aggregate, which a row of its own is not', 'max(sky)', /Binder Error: .*GROUP BY/],
    ['two statements', "sky; copy event to '/tmp/event.csv'", /Parser Error/],
    ['a file of the machine', "(select text from read_text('/etc/hostname'))", /Permission Error/],
  ])('is refused when it is %s', async (_, expression, says) => {
    const problem = await problemOf((__, query) => {
      columnOf(query, 'sky').expression = expression
    })
    expect(problem).toMatch(/columns\.3\.expression: /)
    expect(problem).toMatch(says)
  })

  it('of a check and of a filter is checked, too, and all that is wrong is said at once', async () => {
    const problem = await problemOf((reading, query) => {
      reading.checks = [{ reason: 'odd', expression: 'celsius > nothing' }]
      query.where = 'warm(celsius)'
      columnOf(query, 'height').expression = 'site.depth'
    })
    expect(problem).toMatch(/\nevents\.reading\.checks\.0\.expression: .*"nothing"/)
    expect(problem).toMatch(/\nqueries\.readingsToTable\.where: .*warm/)
    expect(problem).toMatch(/columns\.4\.expression: .*depth/)
  })

  it('that is right alone and not in the SQL of the job is refused with the query', async () => {
    const twoInOne = await problemOf((_, query) => {
      columnOf(query, 'sky').expression = 'sky), (celsius'
    })
    expect(twoInOne).toMatch(/\nqueries\.readingsToTable: Parser Error/)
    const taken = await problemOf(reading => {
      reading.fields.push({ name: 'SHARDID', type: 'string', required: false, description: 'Of the record.' })
    })
    expect(taken).toMatch(/\nevents\.reading\.fields: Catalog Error: .*shardId already exists/)
  })

  it('harms no other pipeline, and is read again when its file changes', async () => {
    const catalog = catalogOn([mine])
    const spec = await writeStations('snow')
    await writeStations('rain')
    const good = columnOf(spec.queries.readingsToTable as Query, 'sky').expression
    columnOf(spec.queries.readingsToTable as Query, 'sky').expression = 'nosky'
    await write('snow.json', spec)
    const states = async () => (await catalog.list()).pipelines.slice(-2).map(({ state }) => state)
    expect(await states()).toEqual(['ready', 'unreadable'])
    columnOf(spec.queries.readingsToTable as Query, 'sky').expression = good
    await write('snow.json', spec)
    expect(await states()).toEqual(['ready', 'ready'])
  })
})

describe('tables in the SQL files of a spec', () => {
  it('that are not what the spec fills are refused with the file', async () => {
    await writeStations('snow')
    await writeFile(join(mine, 'sql/snow.sql'), 'create schema if not exists snow;\n')
    const [entry] = await ofMine()
    expect(entry).toMatchObject({
      state: 'unreadable',
      problem: expect.stringContaining('warehouse.ddl: no file has a CREATE TABLE snow.readings'),
    })
  })
})

describe('two pipelines that name one resource of AWS', () => {
  it('are not both taken: the later one is refused with both names, and the others stay', async () => {
    await writeStations('rain')
    await write('again.json', { ...(await writeStations('snow')), id: 'again' })
    await writeStations('snow')
    const [again, rain, snow] = await ofMine()
    expect([again, rain, snow].map(entry => entry?.state)).toEqual(['ready', 'ready', 'unreadable'])
    const problem = snow?.state === 'unreadable' ? snow.problem : ''
    expect(problem).toContain(
      `snow-stations and again (${join(mine, 'again.json')}) both name the stream snow-readings`,
    )
    for (const shared of ['the schema dev.snow', 'the cluster snow-stations', 'the role snowEmr', '/ddl/'])
      expect(problem).toContain(shared)
  })

  it('may share a bucket, but no prefix in it', async () => {
    const [a, b] = [await writeStations('rain'), await writeStations('snow')]
    const share = (prefixes: object) => ({
      ...b,
      buckets: { ...b.buckets, artifacts: { ...a.buckets.artifacts, prefixes } },
    })
    await write('snow.json', share({ dims: 'snow/dims/', script: 'snow/job/', sql: 'snow/sql/' }))
    expect((await ofMine()).map(({ state }) => state)).toEqual(['ready', 'ready'])
    await write('snow.json', share({ dims: 'snow/dims/', script: 'job/of-snow/', sql: 'snow/sql/' }))
    expect((await ofMine())[1]).toMatchObject({
      problem: expect.stringMatching(/both name the prefix s3:\/\/rain-artifacts-[^ ]*\/job\/of-snow\/:/),
    })
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
