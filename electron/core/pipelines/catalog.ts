import type { PipelineEntry, PipelineList } from '../../../shared/features/pipelines.ts'
import type { Pipeline } from '../../../shared/pipelines/pipeline.ts'
import { readSpecs, type SpecEntry, type SpecFile } from '../../../shared/pipelines/read-specs.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { SpecFiles } from '../pipeline-context.ts'

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
    const read = await Promise.all(
      all.map(async ({ folder, files }, index) => {
        const entry = entries[index] as SpecEntry
        return { folder, files, ...(await withItsFiles(entry, files)) }
      }),
    )
    found = read
    return {
      pipelines: read.map(toEntry),
      folders: opened.map(({ path, problem }) => ({ path, kept: keptPaths.has(path), problem })),
    }
  }
  /** Who asks while the folders are read takes that answer. */
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

/** A spec that can run names files that are there; its first query is one of them. */
async function withItsFiles(
  entry: SpecEntry,
  read: (path: string) => Promise<string>,
): Promise<{ entry: SpecEntry; firstQuery: string | null }> {
  if (entry.kind !== 'ready') return { entry, firstQuery: null }
  const { sink, dimensions } = entry.pipeline
  const named = [...sink.ddl.map(file => `sql/${file}`), ...dimensions.map(({ file }) => `dims/${file}`)]
  try {
    await Promise.all(named.map(read))
    const firstQuery = sink.firstQuery === undefined ? null : await read(`sql/${sink.firstQuery}`)
    return { entry, firstQuery: firstQuery?.replaceAll("{schema}", sink.schema) ?? null }
  } catch (error) {
    const { file } = entry
    return {
      entry: { kind: 'unreadable', file, problem: `${file} names a file that cannot be read: ${textOf(error)}` },
      firstQuery: null,
    }
  }
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
