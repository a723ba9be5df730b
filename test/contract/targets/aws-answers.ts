import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach } from 'vitest'
import { type AskMfaCode, profileCredentials } from '../../../electron/core/targets/profiles/credentials.ts'
import { type AwsHome, awsHome } from '../../fixture/aws-profiles.ts'
import { clientConfigOf } from '../../fixture/client-config.ts'
import { handlerTo } from '../../fixture/portal.ts'

export const NOW = Date.parse('2026-12-01T12:00:00Z')
export const KEYS = 'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret'
export const ROLE = 'role_arn = arn:aws:iam::123456789012:role/reader'
export const SSO = 'sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = ReadOnly'
export const SESSION = '[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n'
export const TOKEN_FILE = `.aws/sso/cache/${createHash('sha1').update('corp').digest('hex')}.json`

interface Asked {
  host: string
  path: string
  body: URLSearchParams | Record<string, unknown>
  token: string | undefined
  /** The access key that signed it. */
  signedBy: string | undefined
}

export let home: AwsHome
let server: Server
/** What the services of AWS were asked, by the host that would have been called. */
export let asked: Asked[]
/** What they answer instead of what they would. */
export let refusals: Map<string, { status: number; type: string }>

/** Has a server answer for AWS in each test of the file. */
export function answerForAws(): void {
  beforeEach(async () => {
    home = await awsHome()
    asked = []
    refusals = new Map()
    server = createServer((request, response) => {
      // It is no other time there than the one of the test.
      response.sendDate = false
      answer(request).then(
        ({ status, body, type }) => {
          response.writeHead(status, { 'content-type': 'text/xml', ...(type && { 'x-amzn-errortype': type }) })
          response.end(body)
        },
        error => response.destroy(error),
      )
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
    await home.remove()
  })
}

async function answer(request: IncomingMessage): Promise<{ status: number; body: string; type?: string }> {
  const host = String(request.headers['x-meant-for'])
  const sent = await text(request)
  asked.push({
    host,
    path: request.url ?? '',
    body: sent.startsWith('{') ? JSON.parse(sent) : new URLSearchParams(sent),
    token: request.headers['x-amz-sso_bearer_token'] as string | undefined,
    signedBy: /Credential=(\w+)/.exec(request.headers.authorization ?? '')?.[1],
  })
  const service = host.split('.')[0] ?? ''
  const refused = refusals.get(service)
  if (refused) {
    const { type, status } = refused
    const xml = `<ErrorResponse><Error><Code>${type}</Code><Message>said so</Message></Error></ErrorResponse>`
    return { status, type, body: service === 'sts' ? xml : JSON.stringify({ message: 'said so' }) }
  }
  if (service === 'portal') return { status: 200, body: JSON.stringify({ roleCredentials: PORTAL }) }
  if (service === 'oidc')
    return { status: 200, body: JSON.stringify({ accessToken: 'new', expiresIn: 28_800, refreshToken: 'r2' }) }
  const key = `ASIA${asked.length}`
  return {
    status: 200,
    body:
      '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>' +
      `${key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>` +
      '<Expiration>2026-12-01T13:00:00Z</Expiration></Credentials><AssumedRoleUser><Arn>' +
      'arn:aws:sts::123456789012:assumed-role/reader/x</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>',
  }
}
export const PORTAL = {
  accessKeyId: 'ASIAPORTAL',
  secretAccessKey: 's',
  sessionToken: 't',
  expiration: NOW + 3_600_000,
}

export function credentials(
  profile: string,
  options: { askMfaCode?: AskMfaCode; env?: NodeJS.ProcessEnv; now?: () => number } = {},
) {
  const now = options.now ?? (() => NOW)
  return profileCredentials({
    profiles: home.profiles({ PATH: process.env.PATH, ...options.env }, now),
    profile,
    region: 'eu-west-1',
    clientConfig: clientConfigOf(handlerTo(() => `http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
    now,
    askMfaCode: options.askMfaCode,
  })
}

export const logIn = (token: object) => home.write(TOKEN_FILE, JSON.stringify({ accessToken: 'old', ...token }))
export const CLIENT = {
  refreshToken: 'r1',
  clientId: 'i',
  clientSecret: 's',
  registrationExpiresAt: '2026-12-09T00:00:00Z',
}
export const kept = async () => JSON.parse(await readFile(join(home.path, TOKEN_FILE), 'utf8'))
export const failureOf = (wanted: Promise<unknown>) =>
  wanted.then(
    () => Promise.reject(new Error('It did not fail')),
    error => error.error ?? error,
  )
