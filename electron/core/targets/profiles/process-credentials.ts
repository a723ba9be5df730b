import { stripVTControlCharacters } from 'node:util'
import { z } from 'zod'
import type { Credentials } from './client-config.ts'
import { timeOf } from './logins.ts'
import { noCredentials } from './no-credentials.ts'
import type { ProfileFiles } from './profile-files.ts'
import type { CredentialSource } from './source.ts'

type ProcessSource = CredentialSource & { kind: 'process' }

/** What a `credential_process` prints (AWS SDKs and Tools Reference Guide, "Process credential provider"). */
const Printed = z.looseObject({
  Version: z.unknown(),
  AccessKeyId: z.string().optional(),
  SecretAccessKey: z.string().optional(),
  SessionToken: z.string().nullish(),
  Expiration: z.string().nullish(),
  AccountId: z.string().nullish(),
})

/** Of what a program says, the end: that is where the reason stands. */
const SAID_AT_MOST = 600

/**
 * Runs a `credential_process` as the AWS CLI does: its words are arguments, no shell reads a pipe or a variable.
 * @throws ExpectedError with what it said
 */
export async function runCredentialProcess(asked: {
  files: ProfileFiles
  now: () => number
  profile: string
  source: ProcessSource
}): Promise<Credentials> {
  const { files, now, profile, source } = asked
  const failed = (message: string, said = '') =>
    noCredentials(profile, source, `The credential_process of ${profile} ${message}${said && `: ${said}`}`)
  const words = wordsOf(files, source, failed)
  const { exitCode, stdout, stderr, failure } = await files.run(words)
  const said = stripVTControlCharacters(stderr).trim().slice(-SAID_AT_MOST)
  if (failure !== undefined) throw failed(failure, said)
  if (exitCode !== 0) throw failed(`ended with exit code ${exitCode}`, said || 'it said nothing on stderr')
  const printed = Printed.safeParse(jsonOf(stdout))
  if (!printed.success) throw failed('did not print one JSON object', said)
  const { Version, AccessKeyId, SecretAccessKey, SessionToken, Expiration, AccountId } = printed.data
  if (Version !== 1) throw failed(`printed the version ${JSON.stringify(Version) ?? 'of none'}, and not 1`)
  if (AccessKeyId === undefined || SecretAccessKey === undefined)
    throw failed('printed no AccessKeyId or no SecretAccessKey')
  const expiresMs = Expiration ? timeOf(Expiration) : undefined
  if (Expiration && expiresMs === undefined) throw failed(`printed an Expiration that is no time: ${Expiration}`)
  if (expiresMs !== undefined && expiresMs <= now()) throw failed(`printed keys that expired at ${Expiration}`)
  const accountId = AccountId || source.accountId
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken && { sessionToken: SessionToken }),
    ...(expiresMs !== undefined && { expiration: new Date(expiresMs) }),
    ...(accountId && { accountId }),
  }
}

function wordsOf(files: ProfileFiles, { command }: ProcessSource, failed: (message: string) => Error): string[] {
  try {
    const words = files.wordsOf(command)
    if (words.length > 0) return words
  } catch (error) {
    throw failed(`has ${(error as Error).message}`)
  }
  throw failed('names no program')
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
