import type { ConfigFile } from './read-config.ts'

/** A cache of the AWS CLI below `~/.aws`: logins of Identity Center, of `aws login`, and roles that were assumed. */
export type CacheName = 'sso' | 'login' | 'cli'

/** What profiles need of the machine that they are on; the host brings it. */
export interface ProfileFiles {
  config(): Promise<ConfigFile>
  credentials(): Promise<ConfigFile>
  /** Variables of the environment, by name. */
  environment: Readonly<Record<string, string | undefined>>
  /** A file of a cache; undefined where there is none. */
  readCache(cache: CacheName, file: string): Promise<string | undefined>
  /** Writes it whole, for this user only. */
  writeCache(cache: CacheName, file: string, text: string): Promise<void>
  /** Does something with a file of a cache while no other program of Sluice does; waits for those that do. */
  exclusively<T>(cache: CacheName, file: string, act: () => Promise<T>): Promise<T>
  /**
   * Puts text at the end of the file of profiles, of which a copy is made before; `backup` is undefined where there was
   * none.
   */
  appendToConfig(text: string): Promise<{ file: string; backup: string | undefined }>
  /** A file that a profile names, such as the token of a web identity. */
  readText(path: string): Promise<string>
  /** The words of a command as the AWS CLI cuts it on this machine. @throws Error */
  wordsOf(command: string): string[]
  /** Runs a program without a shell, as the AWS CLI does. */
  run(words: readonly string[], signal?: AbortSignal): Promise<ProgramEnd>
}

/** How a program ended: with an exit code, or not at all. */
export interface ProgramEnd {
  exitCode: number | undefined
  stdout: string
  stderr: string
  /** Why it did not end by itself: it is not there, took too long, or printed too much. */
  failure?: string
}
