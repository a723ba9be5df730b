import { join } from 'node:path'
import { findTarget, type PlacedTarget, type Profile, type Target } from '../../../shared/features/targets.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { toAppError } from '../../core/errors/expected-error.ts'
import { createClients } from '../../core/targets/clients.ts'
import { profileTargets } from '../../core/targets/profiles/profile-targets.ts'
import { createProfiles } from '../../core/targets/profiles/profiles.ts'
import { createProtection } from '../../core/targets/protection/protection.ts'
import { openRulesFile, RULES_FILE } from '../../core/targets/protection/rules-file.ts'
import { createTargetsService } from '../../core/targets/targets.ts'
import { awsFiles } from '../aws-files.ts'
import { systemClock } from '../clock.ts'
import { coreFolder, dataFolder } from '../data-folder.ts'
import { sandboxTarget } from '../open-core.ts'
import { readAccessKey } from '../sandbox/access-key.ts'
import { liveSandbox } from '../sandbox/running.ts'
import { askMfaCode } from './ask-mfa-code.ts'
import { noSandbox } from './on-folder.ts'
import { fileProblemLines } from './profiles.ts'
import { refuseRegionAlone, type TargetOptions, targetId } from './target.ts'

export interface WhoamiOptions extends TargetOptions {
  data?: string
  json: boolean
}

/**
 * `sluice whoami`: asks STS of the sandbox, or of an AWS profile, who its credentials are. Where a role takes an MFA
 * code, it is asked for here, and what it gives is kept where the AWS CLI and other programs of Sluice find it.
 */
export async function runWhoami(options: WhoamiOptions): Promise<number> {
  refuseRegionAlone(options)
  const say = (line: string) => void process.stderr.write(`${line}\n`)
  const data = dataFolder(options.data, process.env, process.platform)
  const profiles = createProfiles({ files: awsFiles(process), ...systemClock })
  const list = await profiles.list()
  const protection = createProtection(openRulesFile(join(coreFolder(data), RULES_FILE)))
  const placed = options.profile === undefined ? [await sandboxOf(data)] : profileTargets(list.profiles)
  const targets = placed.map(protection.classed)
  if (options.profile !== undefined) fileProblemLines(list).forEach(say)
  const id = targetId(targets, options)
  const clientsOf = (target: Target) =>
    createClients(target, () => readAccessKey(data), { profiles, now: systemClock.now, askMfaCode })
  const service = createTargetsService({ targets: async () => targets, profiles, clientsOf, clock: systemClock })
  const signal = new AbortController().signal
  const identity = await service.identity({ target: id }, { signal }).catch(error => {
    throw new ExpectedError(toAppError(error), { cause: error })
  })
  const target = findTarget(targets, id)
  const profile = list.profiles.find(({ name }) => name === target?.profile)
  const found = {
    target: id,
    profile: target?.profile ?? null,
    region: target?.region ?? null,
    ...identity,
    ...ofProfile(profile),
  }
  if (profile?.warning) say(`! ${profile.warning}`)
  const lines = [
    `${target?.title}: ${found.arn}`,
    `account ${found.account}, region ${found.region}, user id ${found.userId}`,
  ]
  process.stdout.write(options.json ? `${JSON.stringify(found)}\n` : `${lines.join('\n')}\n`)
  return 0
}

const ofProfile = (profile: Profile | undefined) => (profile ? { kind: profile.kind } : {})

async function sandboxOf(data: string): Promise<PlacedTarget> {
  const live = await liveSandbox(data)
  if (!live) throw noSandbox(data)
  return sandboxTarget(live.endpoint)
}
