import type { DuckDBInstance } from '@duckdb/node-api'

/** What a DuckDB of ours may use of the machine. */
export interface DuckdbBounds {
  threads: number
  /** `2GB`. */
  memory: string
  /** The only folder whose files its SQL may read and write, beside its own database; none when it is left out. */
  folder?: string
  /** What does not fit into memory goes here; without it such a statement fails. */
  spill?: { folder: string; atMost: string }
  /** Settings for as long as it is open, by DuckDB's names. */
  settings?: Readonly<Record<string, string>>
  /** Settings that a connection may still change: those that say nothing but how names are found. */
  changeable?: readonly string[]
}

/** No extension is fetched, found or loaded, and no secret is kept on disk (DuckDB, "Securing DuckDB"). */
const NO_EXTENSIONS = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
  allow_unsigned_extensions: 'false',
  allow_persistent_secrets: 'false',
}

/**
 * Opens a DuckDB whose SQL reaches no file but its own, no extension and no setting: the one way in which Sluice opens
 * one. What `create` opens is DuckDBInstance's; it is given, so that programs that open none do not load the library.
 */
export async function openLocked(
  create: typeof DuckDBInstance.create,
  file: string,
  bounds: DuckdbBounds,
): Promise<DuckDBInstance> {
  const { threads, memory, folder, spill, settings, changeable = [] } = bounds
  const instance = await create(file, {
    threads: String(threads),
    memory_limit: memory,
    // Empty: nothing is spilled. In memory the default would be a folder where the program was started.
    temp_directory: spill?.folder ?? '',
    ...(spill && { max_temp_directory_size: spill.atMost }),
    ...NO_EXTENSIONS,
    ...settings,
    allowed_configs: listOf(changeable),
  })
  const connection = await instance.connect()
  try {
    // Of these DuckDB takes none when it opens: folders before the wall is up, the lock last.
    await connection.run(`set allowed_directories = ${listOf(folder === undefined ? [] : [folder])}`)
    await connection.run("set global timezone = 'UTC'")
    await connection.run('set enable_external_access = false')
    await connection.run('set lock_configuration = true')
  } catch (error) {
    connection.closeSync()
    instance.closeSync()
    throw error
  }
  connection.closeSync()
  return instance
}

const listOf = (texts: readonly string[]): string =>
  `[${texts.map(text => `'${text.replaceAll("'", "''")}'`).join(', ')}]`
