import { loadSharedConfigFiles, loadSsoSessionData } from '@smithy/core/config'
import type { Target } from '../../shared/features/targets.ts'
import { profileProblems } from './profile-problems.ts'

/** Seen apart from each other and from the sandbox's violet; the organisation's own colours need a login first. */
const COLOURS = ['#0972d3', '#b5581c', '#037f51', '#b0084d', '#8a6d00', '#00798c', '#5c6f1f', '#9a3b3b']
/** Where AWS itself begins when nobody says a region. */
const DEFAULT_REGION = 'us-east-1'
/** Sections of the same file that are no profiles; the loader gives them a name with a dot. */
const OTHER_SECTIONS = /^(sso-session|services)\./
/** The files are read again for a list that is older. */
const FRESH_MS = 2_000

/**
 * The profiles of the AWS CLI's own files (`~/.aws/config` and `credentials`, or where AWS_CONFIG_FILE and
 * AWS_SHARED_CREDENTIALS_FILE point) as targets, in the order of their names. Nothing of their secrets is read into a
 * target. All are read-only.
 */
export function awsProfiles(monotonic: () => number): () => Promise<Target[]> {
  let known: { readMs: number; targets: Promise<Target[]> } | undefined
  return () => {
    if (!known || monotonic() - known.readMs > FRESH_MS) known = { readMs: monotonic(), targets: readProfiles() }
    return known.targets
  }
}

async function readProfiles(): Promise<Target[]> {
  const options = { ignoreCache: true }
  const [{ configFile, credentialsFile }, sessions] = await Promise.all([
    loadSharedConfigFiles(options),
    loadSsoSessionData(),
  ])
  const problems = await profileProblems(configFile, credentialsFile)
  const names = [...new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])].sort()
  return names
    .filter(name => !OTHER_SECTIONS.test(name))
    .map((name): Target => {
      const profile = { ...credentialsFile[name], ...configFile[name] }
      const session = profile.sso_session ? sessions[profile.sso_session] : undefined
      return {
        // The sandbox's own id must not be taken by a profile that is called so.
        id: name === 'sandbox' ? 'profile sandbox' : name,
        kind: 'aws',
        title: name,
        profile: name,
        region: profile.region ?? profile.sso_region ?? session?.sso_region ?? DEFAULT_REGION,
        account: profile.sso_account_id ?? /^arn:[\w-]+:iam::(\d{12}):/.exec(profile.role_arn ?? '')?.[1] ?? '',
        colour: colourOf(name),
        ...(problems.has(name) && { problem: problems.get(name) ?? '' }),
        protection: 'read-only',
        engines: ['spark'],
        warehouse: { clusterIdentifier: 'sluice', database: 'dev', dbUser: 'awsuser' },
      }
    })
}

/** The same name has the same colour on every machine. */
function colourOf(name: string): string {
  let hash = 0
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0
  return COLOURS[hash % COLOURS.length] ?? ''
}
