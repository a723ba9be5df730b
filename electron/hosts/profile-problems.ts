import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

type Profiles = Readonly<Record<string, Readonly<Record<string, string | undefined>> | undefined>>

/**
 * The metadata services that give a machine or a container its credentials: over http, at an address that the
 * environment can change.
 */
const METADATA_SOURCES = new Set(['Ec2InstanceMetadata', 'EcsContainer'])
const LONGEST_CHAIN = 10

/**
 * Profiles of the AWS CLI's files that Sluice does not use, each with the reason and its place. `endpoint_url`, and a
 * `services` section that has one, send a profile's calls elsewhere (AWS SDKs and Tools Reference Guide,
 * "Service-specific endpoints"); nothing says whose that address is. `config` and `credentials` are the files as the
 * SDK reads them.
 */
export async function profileProblems(config: Profiles, credentials: Profiles): Promise<ReadonlyMap<string, string>> {
  const problems = new Map<string, string>()
  let places: Places | undefined
  for (const name of new Set([...Object.keys(config), ...Object.keys(credentials)])) {
    const found = endpointOf(name, config, credentials) ?? metadataSourceOf(name, config, credentials)
    if (!found) continue
    places ??= await readPlaces()
    problems.set(name, `${found.text} (${places.of(found.section, found.key)})`)
  }
  return problems
}

interface Found {
  text: string
  section: string
  key: string
}

function endpointOf(name: string, config: Profiles, credentials: Profiles): Found | undefined {
  const profile = { ...credentials[name], ...config[name] }
  if (profile.ignore_configured_endpoint_urls?.toLowerCase() === 'true') return undefined
  const own = profile.endpoint_url
  if (own !== undefined) return { text: `endpoint_url sends its calls to ${own}`, section: name, key: 'endpoint_url' }
  const { services } = profile
  if (services === undefined) return undefined
  // The loader writes a nested key with a dot: `kinesis.endpoint_url`.
  const redirect = Object.entries(config[`services.${services}`] ?? {}).find(([key]) => key.endsWith('.endpoint_url'))
  if (!redirect) return undefined
  const [key, url] = redirect
  return {
    text: `its services section ${services} sends calls of ${key.split('.')[0]} to ${url}`,
    section: name,
    key: 'services',
  }
}

/** The profile itself, or one from which it takes what it assumes its role with. */
function metadataSourceOf(name: string, config: Profiles, credentials: Profiles): Found | undefined {
  let section: string | undefined = name
  for (let step = 0; section !== undefined && step < LONGEST_CHAIN; step++) {
    const profile: Readonly<Record<string, string | undefined>> = { ...credentials[section], ...config[section] }
    const source = profile.credential_source
    if (source !== undefined && METADATA_SOURCES.has(source))
      return { text: `it takes its credentials from a metadata service, ${source}`, section, key: 'credential_source' }
    section = profile.source_profile === section ? undefined : profile.source_profile
  }
  return undefined
}

interface Places {
  of(section: string, key: string): string
}

/** Where keys stand in the files, for people: the file as it is named in the CLI's documentation, and the line. */
async function readPlaces(): Promise<Places> {
  const files = await Promise.all([
    place('AWS_CONFIG_FILE', 'config'),
    place('AWS_SHARED_CREDENTIALS_FILE', 'credentials'),
  ])
  return {
    of(section, key) {
      for (const { shown, lines } of files) {
        const line = lineOf(lines, section, key)
        if (line !== undefined) return `${shown}, line ${line}`
      }
      return files[0].shown
    },
  }
}

async function place(variable: string, name: string): Promise<{ shown: string; lines: string[] }> {
  const elsewhere = process.env[variable]
  const file = elsewhere ?? join(homedir(), '.aws', name)
  const shown = elsewhere ?? `~/.aws/${name}`
  try {
    return { shown, lines: (await readFile(file, 'utf8')).split('\n') }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return { shown, lines: [] }
  }
}

/** The line of a key in a profile's section, from 1 on. */
function lineOf(lines: readonly string[], section: string, key: string): number | undefined {
  let current: string | undefined
  for (const [index, line] of lines.entries()) {
    const header = /^\s*\[\s*(?:profile\s+)?["']?(.*?)["']?\s*\]/.exec(line)
    if (header) current = header[1]
    else if (current === section && new RegExp(`^${key}\\s*=`).test(line)) return index + 1
  }
  return undefined
}
