import type { PipelineEntry, PipelineList } from '../../../shared/features/pipelines.ts'
import { compileDdl } from '../../../shared/pipelines/compile/redshift/ddl.ts'
import type { Pipeline } from '../../../shared/pipelines/pipeline.ts'
import { readSpecs, type SpecEntry, type SpecFile } from '../../../shared/pipelines/read-specs.ts'
import { sharedResources } from '../../../shared/pipelines/shared-resources.ts'
import { SOURCE_WORDS } from '../../../shared/pipelines/source-words.ts'
import type { PipelineSpec } from '../../../shared/pipelines/spec/spec.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { SpecFiles } from '../pipeline-context.ts'
import { createSqlCheck } from './check-sql.ts'

/** A folder of specs: the program's own, or one that a user added. */
export interface SpecFolder {
  /** The specs in it, by name. A file that cannot be read says why, and is no failure. */
  specs(): Promise<SpecFile[]>
  /**
   * The text of a file that its specs name, below its `sql/` or `dims/`.
   * @throws Error that says why it cannot be read
   */
  file(path: string): Promise<string>
}

export interface CatalogOptions {
  builtIn: SpecFolder
  /**
   * Opens a user's folder of specs, from which nothing outside of it can be read.
   * @throws ExpectedError where there is none
   */
  openFolder: (path: string) => Promise<SpecFolder>
  /** Folders for this program only. */
  given: readonly string[]
  /** Folders that were added for good. */
  kept: { read(): string[]; write(paths: string[]): void }
}

/** The pipelines that there are: the program's own and those of a user's folders, as their files are now. */
export interface Catalog {
  /** Reads the folders again. */
  list(): Promise<PipelineList>
  /**
   * A pipeline that can run, with the files that its spec names.
   * @throws ExpectedError that lists what there is, or says what is missing
   */
  find(id: string): Promise<{ pipeline: Pipeline; files: SpecFiles }>
  /** The ids of the pipelines that could run when the folders were last read; undefined before that. */
  ids(): string[] | undefined
  add(path: string, keep: boolean): Promise<PipelineList>
  remove(path: string): Promise<PipelineList>
}

interface Found {
  entry: SpecEntry
  /** A user's; null for the program's own. */
  folder: string | null
  files: (path: string) => Promise<string>
  firstQuery: string | null
}

export function createCatalog({ builtIn, openFolder, given, kept }: CatalogOptions): Catalog {
  const forNow = new Set(given)
  const checkSql = createSqlCheck()
  let found: Found[] | undefined
  let reading: Promise<PipelineList> | undefined

  const paths = (): string[] => [...new Set([...kept.read(), ...forNow])]

  async function readAll(): Promise<PipelineList> {
    const keptPaths = new Set(kept.read())
    const opened = await Promise.all(
      paths().map(async path => {
        try {
          return { path, specs: await openFolder(path), problem: null }
        } catch (error) {
          return { path, specs: undefined, problem: textOf(error) }
        }
      }),
    )
    const own = (await builtIn.specs()).map(file => ({ file, folder: null, files: builtIn.file }))
    const users = await Promise.all(
      opened.map(async ({ path, specs }) =>
        specs ? (await specs.specs()).map(file => ({ file, folder: path, files: specs.file })) : [],
      ),
    )
    const all = [...own, ...users.flat()]
    const entries = readSpecs(all.map(({ file }) => file))
    const badSql = await checkSql(entries.filter(entry => entry.kind !== 'unreadable'))
    const withFiles = await Promise.all(
      all.map(async ({ folder, files }, index) => {
        const entry = refusedFor(entries[index] as SpecEntry, badSql.get(entries[index]?.file ?? '') ?? [])
        return { folder, files, ...(await withItsFiles(entry, files)) }
      }),
    )
    const read = refuseShared(withFiles)
    found = read
    return {
      pipelines: read.map(toEntry),
      folders: opened.map(({ path, problem }) => ({ path, kept: keptPaths.has(path), problem })),
    }
  }
  /** A caller that comes while the folders are read gets that answer. */
  const list = (): Promise<PipelineList> => {
    reading ??= readAll().finally(() => {
      reading = undefined
    })
    return reading
  }
  /** What was changed by the caller is in the answer. */
  const listAfter = async (): Promise<PipelineList> => {
    await reading
    return list()
  }
  const ready = (id: string) => found?.find(({ entry }) => entry.kind === 'ready' && entry.spec.id === id)

  return {
    list,
    ids: () => found?.flatMap(({ entry }) => (entry.kind === 'ready' ? [entry.spec.id] : [])),
    async find(id) {
      if (!ready(id)) await list()
      const known = ready(id)
      if (known?.entry.kind !== 'ready') throw notReady(id, found ?? [])
      return { pipeline: known.entry.pipeline, files: { spec: known.entry.file, text: known.files } }
    },
    async add(path, keep) {
      await openFolder(path)
      if (keep) {
        kept.write([...new Set([...kept.read(), path])])
        forNow.delete(path)
      } else if (!kept.read().includes(path)) forNow.add(path)
      return listAfter()
    },
    async remove(path) {
      if (!paths().includes(path))
        throw new ExpectedError({
          code: 'not_found',
          message: `${path} is not a folder of pipelines here.`,
          hint: `Known: ${paths().join(', ') || 'none'}.`,
          retryable: false,
        })
      forNow.delete(path)
      kept.write(kept.read().filter(other => other !== path))
      return listAfter()
    },
  }
}

/** An entry, unless something in its spec is wrong. */
function refusedFor(entry: SpecEntry, problems: readonly string[]): SpecEntry {
  if (problems.length === 0) return entry
  const { file } = entry
  return { kind: 'unreadable', file, problem: `${file} is not a pipeline spec:\n${problems.join('\n')}` }
}

/** Refuses each pipeline that names a resource of AWS which one before it names. */
function refuseShared(found: readonly Found[]): Found[] {
  const before: Extract<SpecEntry, { spec: PipelineSpec }>[] = []
  return found.map(one => {
    const { entry } = one
    if (entry.kind === 'unreadable') return one
    const problems = before.flatMap(other => {
      const shared = sharedResources(entry.spec, other.spec)
      const both = `${entry.spec.id} and ${other.spec.id} (${other.file}) both name`
      return shared.length === 0 ? [] : [`${both} ${shared.join(', ')}: each would change what the other one needs`]
    })
    if (problems.length > 0) return { ...one, entry: refusedFor(entry, problems), firstQuery: null }
    before.push(entry)
    return one
  })
}

/** A spec that can run names files that are there, and DDL that makes its tables; its first query is one of them. */
async function withItsFiles(
  entry: SpecEntry,
  read: (path: string) => Promise<string>,
): Promise<{ entry: SpecEntry; firstQuery: string | null }> {
  if (entry.kind !== 'ready') return { entry, firstQuery: null }
  const { sink, dimensions } = entry.pipeline
  const sqlFiles = sink.firstQuery === undefined ? sink.ddl : [...sink.ddl, sink.firstQuery]
  const { texts, missing } = await readFiles(
    [...sqlFiles.map(file => `sql/${file}`), ...dimensions.map(({ file }) => `dims/${file}`)],
    read,
  )
  if (missing.length > 0) {
    const { file } = entry
    const files = missing.length === 1 ? 'a file' : 'files'
    const problem = `${file} names ${files} that cannot be read: ${missing.join('\n')}`
    return { entry: { kind: 'unreadable', file, problem }, firstQuery: null }
  }
  const sql = (file: string): string => texts.get(`sql/${file}`) ?? ''
  const ddl = sink.ddl.map(file => ({ file, text: sql(file) }))
  const { problems } = compileDdl(entry.pipeline, ddl)
  if (problems.length > 0) return { entry: refusedFor(entry, problems), firstQuery: null }
  const firstQuery = sink.firstQuery === undefined ? null : sql(sink.firstQuery)
  return { entry, firstQuery: firstQuery?.replaceAll('{schema}', sink.schema) ?? null }
}

/** The texts of files by path, and why others cannot be read, in the order of the paths. */
async function readFiles(
  paths: readonly string[],
  read: (path: string) => Promise<string>,
): Promise<{ texts: ReadonlyMap<string, string>; missing: readonly string[] }> {
  const results = await Promise.allSettled(paths.map(read))
  const texts = new Map<string, string>()
  const missing: string[] = []
  results.forEach((result, index) => {
    if (result.status === 'fulfilled') texts.set(paths[index] as string, result.value)
    else missing.push(textOf(result.reason))
  })
  return { texts, missing }
}

function toEntry({ entry, folder, firstQuery }: Found): PipelineEntry {
  const place = { file: entry.file, folder }
  if (entry.kind === 'unreadable') return { state: 'unreadable', ...place, problem: entry.problem }
  const { id, title, description } = entry.spec
  if (entry.kind === 'incomplete')
    return { state: 'incomplete', id, title, description, ...place, missing: entry.missing }
  const { event, sink } = entry.pipeline
  const { noun, plural, key } = event
  return {
    state: 'ready',
    id,
    title,
    description,
    ...place,
    event: { noun, plural, key },
    words: SOURCE_WORDS[entry.pipeline.source.kind],
    table: sink.table,
    firstQuery,
  }
}

function notReady(id: string, found: readonly Found[]): ExpectedError {
  for (const { entry } of found)
    if (entry.kind === 'incomplete' && entry.spec.id === id)
      return new ExpectedError({
        code: 'unavailable',
        message: `${entry.spec.title} cannot run yet: ${entry.missing.join('; ')}.`,
        hint: `These parts of ${entry.file} are read and not built.`,
        retryable: false,
      })
  const ids = found.flatMap(({ entry }) => (entry.kind === 'ready' ? [entry.spec.id] : []))
  const problems = found.filter(({ entry }) => entry.kind === 'unreadable').map(({ entry }) => entry.file)
  return new ExpectedError({
    code: 'not_found',
    message: `There is no pipeline named ${id}.`,
    hint: [
      `Known: ${ids.join(', ') || 'none'}.`,
      ...(problems.length > 0 ? [`Not readable: ${problems.join(', ')} (sluice pipelines says why).`] : []),
    ].join(' '),
    retryable: false,
  })
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
