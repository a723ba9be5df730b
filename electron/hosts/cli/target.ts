import { type Command, InvalidArgumentError } from 'commander'
import { idInRegion, type PlacedTarget } from '../../../shared/features/targets.ts'
import { ExpectedError } from '../../../shared/rpc/contract.ts'
import { shellWord } from '../../../shared/shell-word.ts'

/** Which target a command is about: the sandbox where no profile is named. */
export interface TargetOptions {
  profile?: string
  region?: string
}

/** The options that name an AWS target. */
export const withTarget = (command: Command): Command =>
  command
    .option('--profile <name>', 'an AWS profile, as "sluice profiles" lists them (default: the sandbox)')
    .option('--region <region>', "another region than the profile's own", regionName)

function regionName(text: string): string {
  if (!/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(text))
    throw new InvalidArgumentError('Give the name of a region, such as eu-west-1.')
  return text
}

/** @throws ExpectedError for a region without a profile */
export function refuseRegionAlone({ profile, region }: TargetOptions): void {
  if (profile !== undefined || region === undefined) return
  throw new ExpectedError({
    code: 'invalid_input',
    message: 'The sandbox is in one region: --region goes with --profile.',
    hint: 'Name a profile with --profile, or leave --region out.',
    retryable: false,
  })
}

/** The id of the target that is named. @throws ExpectedError for a profile that there is not */
export function targetId(targets: readonly PlacedTarget[], { profile, region }: TargetOptions): string {
  if (profile === undefined) return 'sandbox'
  const target = targets.find(entry => entry.profile === profile)
  if (target) return idInRegion(target, region)
  const known = targets.flatMap(entry => entry.profile ?? [])
  throw new ExpectedError({
    code: 'not_found',
    message: `There is no AWS profile ${JSON.stringify(profile)}.`,
    hint:
      known.length > 0
        ? `Known: ${known.slice(0, 20).join(', ')}${known.length > 20 ? ', …' : ''}. "sluice profiles" says more.`
        : 'There is none at all on this machine. Create one with: aws configure sso',
    retryable: false,
  })
}

/** The same options for another command, to be typed in a shell. */
export const targetWords = ({ profile, region }: TargetOptions): string[] => [
  ...(profile === undefined ? [] : [`--profile ${shellWord(profile)}`]),
  ...(region === undefined ? [] : [`--region ${region}`]),
]
