import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { type AwsConfig, readConfig, type Settings, textOf } from '../../electron/core/targets/profiles/read-config.ts'
import { ProfileRefused, sourceOf } from '../../electron/core/targets/profiles/source.ts'
import { type AwsFiles, LINES, SOURCES } from '../fixture/aws-files.ts'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

interface Botocore {
  refused?: string
  names: string[]
  profiles: Record<string, unknown>
  ssoSessions: Record<string, unknown>
  services: Record<string, unknown>
  each: Record<string, { region: string | null; method?: string | null; refused?: string }>
}

/** What botocore makes of each pair of files, in one process for all. */
async function askBotocore(cases: readonly AwsFiles[], each: boolean): Promise<Botocore[]> {
  const child = spawn(path('../../.cache/foreign-clients/bin/python'), [path('botocore_profiles.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Nothing of the machine's own, and no network.
    env: { AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nowhere', PYTHONUTF8: '1', PATH: process.env.PATH },
  })
  const encoded = (file: AwsFiles['config']) => (file === undefined ? null : Buffer.from(file).toString('base64'))
  child.stdin.end(
    JSON.stringify(
      cases.map(({ config, credentials }) => ({ config: encoded(config), credentials: encoded(credentials), each })),
    ),
  )
  return JSON.parse(await text(child.stdout))
}

const bytesOf = (file: AwsFiles['config']) => (file === undefined ? undefined : new Uint8Array(Buffer.from(file)))
const read = ({ config, credentials }: AwsFiles): AwsConfig =>
  readConfig({ shown: 'config', bytes: bytesOf(config) }, { shown: 'credentials', bytes: bytesOf(credentials) })

const plain = (settings: Settings) =>
  entries([...settings].map(([key, { value }]) => [key, typeof value === 'string' ? value : entries([...value])]))
const all = (sections: ReadonlyMap<string, Settings>) =>
  entries([...sections].map(([name, settings]) => [name, plain(settings)]))
/** As JSON.parse makes it: a key `__proto__` is one like any other. */
const entries = (of: [string, unknown][]): unknown => Object.fromEntries(of)

/** The name of botocore for a source. */
const METHODS = {
  role: 'assume-role',
  'web-identity': 'assume-role-with-web-identity',
  sso: 'sso',
  process: 'custom-process',
  login: 'login',
  none: null,
} as const

function methodOf(config: AwsConfig, name: string): { method: string | null } | 'refused' {
  try {
    const source = sourceOf(config, name)
    if (source.kind === 'keys')
      return {
        method: config.inCredentials.get(name)?.has('aws_access_key_id') ? 'shared-credentials-file' : 'config-file',
      }
    if (source.kind === 'environment' || source.kind === 'metadata') throw new Error('only a role has such a source')
    return { method: METHODS[source.kind] }
  } catch (error) {
    if (error instanceof ProfileRefused) return 'refused'
    throw error
  }
}

describe('for the same files botocore and Sluice have the same profiles', () => {
  let said: Botocore[]
  beforeAll(async () => {
    said = await askBotocore(LINES, true)
  })
  it.each(LINES.map((files, index) => ({ ...files, index })))('$title', ({ index, ...files }) => {
    expectSame(files, said[index])
  })

  it('in 600 drawn files', async () => {
    const drawn = drawFiles(600)
    const answers = await askBotocore(drawn, false)
    drawn.forEach((files, index) => void expectSame(files, answers[index]))
    const refused = answers.filter(answer => answer.refused !== undefined).length
    expect(refused).toBeGreaterThan(60)
    expect(refused).toBeLessThan(540)
  })
})

function expectSame(files: AwsFiles, botocore: Botocore | undefined): void {
  if (!botocore) throw new Error('botocore has no answer')
  const config = read(files)
  const about = JSON.stringify(files)
  if (botocore.refused !== undefined) {
    expect(botocore.refused, about).toBe('ConfigParseError')
    expect(config.problems, about).not.toEqual([])
    return
  }
  expect(config.problems, about).toEqual([])
  expect([...config.profiles.keys()], about).toEqual(botocore.names)
  expect(all(config.profiles), about).toEqual(botocore.profiles)
  expect(all(config.ssoSessions), about).toEqual(botocore.ssoSessions)
  expect(all(config.services), about).toEqual(botocore.services)
  for (const [name, { region }] of Object.entries(botocore.each))
    expect(textOf(config.profiles.get(name), 'region') ?? null, `${name} of ${about}`).toBe(region)
}

describe('for the same files botocore and Sluice take credentials from the same place, or refuse', () => {
  let said: Botocore[]
  beforeAll(async () => {
    said = await askBotocore(SOURCES, true)
  })
  it.each(SOURCES.map((files, index) => ({ ...files, index })))('$title', ({ index, ...files }) => {
    const config = read(files)
    for (const [name, { method, refused }] of Object.entries(said[index]?.each ?? {}))
      expect(methodOf(config, name), name).toEqual(refused === undefined ? { method } : 'refused')
  })
})

/** Files of pieces that matter to the format, drawn by a generator that always begins at the same place. */
function drawFiles(count: number): AwsFiles[] {
  let state = 7
  const draw = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * below)
  }
  const pieces = [
    ...['[profile a]', '[profile b]', '[default]', '[profile default]', '[sso-session s]', '[services v]', '[c]'],
    ...['[profile "a b"]', "[profile 'c d']", '[DEFAULT]', '[profile a', 'profile a]', '[]', '[profile]'],
    ...['region = x', 'REGION=y', 'region: z', 'k = v # c', 'k2 : v ; c', '= v', 'alone', 's3 =', 'a = "q"', 'e ='],
    ...[
      '# comment',
      '; comment',
      '  # comment',
      '',
      '  ',
      '\t',
      '  more',
      '    n = 1',
      '\tm: 2',
      '  alone',
      ' [profile e]',
    ],
    ...['k\u00a0= v', '\u2003x = y', 'p = a\u2028b', 'q = \u001c r', '\\', '"', "'"],
  ]
  const draft = () => Array.from({ length: draw(9) }, () => pieces[draw(pieces.length)] ?? '')
  return Array.from({ length: count }, (_, index) => ({
    title: String(index),
    config: ['[profile z]', ...draft()].join(draw(8) === 0 ? '\r\n' : '\n'),
    credentials: draw(3) === 0 ? ['[z]', ...draft()].join('\n') : '',
  }))
}
