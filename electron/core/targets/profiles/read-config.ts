import { type Ini, IniRefused, type IniSection, type IniValue, parseIni } from './ini.ts'
import { shellWords } from './shell-words.ts'

/** One of the AWS CLI's two files: how it is called for people, and what is in it, or why that is not known. */
export interface ConfigFile {
  /** `~/.aws/config`, or as the environment names it. */
  shown: string
  /** Undefined where there is no file. */
  bytes?: Uint8Array | undefined
  /** Why it cannot be read, though it is there or was named. */
  unreadable?: string | undefined
}

/** What the AWS CLI would not read, for people. */
export interface FileProblem {
  file: string
  line: number | null
  message: string
}

/** A key of a profile, and where it stands. */
export interface Setting extends IniValue {
  /** `~/.aws/config, line 3`. */
  place: string
}

/** A profile, session or services section, by its keys. */
export type Settings = ReadonlyMap<string, Setting>

/** What botocore's `Session.full_config` has of the two files, and what it would refuse. */
export interface AwsConfig {
  /** In the order in which the AWS CLI lists them. */
  profiles: ReadonlyMap<string, Settings>
  /** The same, as each file alone has them: keys are taken of one of them whole. */
  inConfig: ReadonlyMap<string, Settings>
  inCredentials: ReadonlyMap<string, Settings>
  /** Where each profile begins. */
  places: ReadonlyMap<string, string>
  ssoSessions: ReadonlyMap<string, Settings>
  services: ReadonlyMap<string, Settings>
  problems: readonly FileProblem[]
}

/** The text of a key; undefined where it is not there, or is an indented block. */
export const textOf = (settings: Settings | undefined, key: string): string | undefined => {
  const value = settings?.get(key)?.value
  return typeof value === 'string' ? value : undefined
}

/**
 * Reads the two files as botocore does (`configloader.load_config`, `Session.full_config`): the keys of `credentials`
 * win over those of `config`; each of its sections is a profile, whatever its name. The AWS CLI uses no profile at all
 * while one of the files is refused; here those of the other one are still listed.
 */
export function readConfig(config: ConfigFile, credentials: ConfigFile): AwsConfig {
  const problems: FileProblem[] = []
  const inConfig = new Map<string, Settings>()
  const inCredentials = new Map<string, Settings>()
  const places = new Map<string, string>()
  const ssoSessions = new Map<string, Settings>()
  const services = new Map<string, Settings>()
  for (const [key, section] of sectionsOf(config, problems)) {
    const settings = placed(section, config)
    const name = key === 'default' ? 'default' : secondWord(key)
    if (name === undefined) continue
    if (key === 'default' || key.startsWith('profile')) {
      // Of [default] and [profile default] the later one is the profile, whole.
      inConfig.set(name, settings)
      places.set(name, `${config.shown}, line ${section.line}`)
    } else if (key.startsWith('sso-session')) ssoSessions.set(name, settings)
    else if (key.startsWith('services')) services.set(name, settings)
  }
  for (const [name, section] of sectionsOf(credentials, problems)) {
    inCredentials.set(name, placed(section, credentials))
    if (!places.has(name)) places.set(name, `${credentials.shown}, line ${section.line}`)
  }
  const names = new Set([...inConfig.keys(), ...inCredentials.keys()])
  const merged = [...names].map((name): [string, Settings] => [
    name,
    new Map([...(inConfig.get(name) ?? []), ...(inCredentials.get(name) ?? [])]),
  ])
  return { profiles: new Map(merged), inConfig, inCredentials, places, ssoSessions, services, problems }
}

function sectionsOf(file: ConfigFile, problems: FileProblem[]): Ini {
  if (file.unreadable !== undefined) problems.push({ file: file.shown, line: null, message: file.unreadable })
  if (!file.bytes) return new Map()
  try {
    return parseIni(file.bytes)
  } catch (error) {
    if (!(error instanceof IniRefused)) throw error
    for (const { line, message } of error.faults) problems.push({ file: file.shown, line: line ?? null, message })
    return new Map()
  }
}

const placed = (section: IniSection, { shown }: ConfigFile): Map<string, Setting> =>
  new Map([...section.values].map(([key, { value, line }]) => [key, { value, line, place: `${shown}, line ${line}` }]))

/** `my team` of `profile "my team"`; a section of one word or of three has no name. */
function secondWord(section: string): string | undefined {
  try {
    const words = shellWords(section)
    return words.length === 2 ? words[1] : undefined
  } catch {
    // A quote that is not closed: the CLI passes over the section, too.
    return undefined
  }
}
