import { Profile, type ProfileList } from '../../../shared/features/targets.ts'
import { createProfiles } from '../../core/targets/profiles/profiles.ts'
import { awsFiles } from '../aws-files.ts'
import { systemClock } from '../clock.ts'
import { duration, table } from './text.ts'

/** `sluice profiles`: what the AWS CLI's files say now; no core, no sandbox and no network is needed for it. */
export async function runProfiles(options: { json: boolean }): Promise<number> {
  const list = await createProfiles({ files: awsFiles(process), ...systemClock }).list()
  for (const line of fileProblemLines(list)) process.stderr.write(`${line}\n`)
  process.stdout.write(
    options.json
      ? `${JSON.stringify(list.profiles.map(profile => Profile.parse(profile)))}\n`
      : `${profileLines(list.profiles, systemClock.now()).join('\n')}\n`,
  )
  return 0
}

const STATES: Record<Profile['state'], string> = {
  ready: 'ready',
  'logged-in': 'logged in',
  'logged-out': 'not logged in',
  expired: 'expired',
  mfa: 'takes an MFA code',
  none: 'no credentials',
  refused: 'not used',
}

/** What `sluice profiles` prints: the list, and below it what is to be done. */
export function profileLines(profiles: readonly Profile[], nowMs: number): string[] {
  if (profiles.length === 0) return ['No AWS profiles on this machine. Create one with: aws configure sso']
  const warnings = new Map<string, string[]>()
  for (const { name, warning } of profiles)
    if (warning !== null) warnings.set(warning, [...(warnings.get(warning) ?? []), name])
  return [
    ...table([
      ['profile', 'kind', 'account', 'role', 'region', 'state', 'time left'],
      ...profiles.map(profile => [
        profile.name,
        profile.kind,
        profile.account ?? '–',
        profile.role ?? '–',
        profile.region ?? 'no region',
        STATES[profile.state],
        timeLeft(profile, nowMs),
      ]),
    ]),
    ...profiles.flatMap(toDo),
    ...[...warnings].map(([warning, names]) => `! ${names.join(', ')}: ${warning}`),
  ]
}

function toDo({ name, problem, hint }: Profile): string[] {
  if (problem !== null) return [`✗ ${name} cannot be used: ${problem}.`, ...(hint === null ? [] : [`  ${hint}`])]
  return hint === null ? [] : [`○ ${name}: ${hint}`]
}

const timeLeft = ({ expiresAt }: Profile, nowMs: number): string =>
  expiresAt === null ? '–' : duration(Math.max(0, Date.parse(expiresAt) - nowMs))

/** What could not be read, with its line. */
export const fileProblemLines = ({ problems }: ProfileList): string[] =>
  problems.length === 0
    ? []
    : [
        ...problems.map(({ file, line, message }) => `✗ ${file}${line === null ? '' : `, line ${line}`}: ${message}`),
        '  The AWS CLI uses no profile of such a file. Those of the other file are listed here.',
      ]
