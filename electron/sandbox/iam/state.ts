import { randomInt } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AwsError } from '../server/aws-error.ts'
import { Entities, type InstanceProfile, type Policy, type Role } from './entities.ts'

/** What the operations of IAM see. */
export interface IamState extends Entities {
  account: string
  now: () => number
  /** Writes all to disk; what an operation changed is there when it returns. */
  save(): void
}

/** Opens the one file of IAM; it is replaced whole, so that a kill leaves the state before a change or after it. */
export function openState(options: { dir: string; account: string; now: () => number }): IamState {
  mkdirSync(options.dir, { recursive: true })
  const path = join(options.dir, 'entities.json')
  const entities = read(path)
  return {
    ...entities,
    account: options.account,
    now: options.now,
    save() {
      writeFileSync(`${path}.new`, JSON.stringify(entities))
      renameSync(`${path}.new`, path)
    },
  }
}

function read(path: string): Entities {
  try {
    return Entities.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { roles: [], policies: [], instanceProfiles: [] }
    throw error
  }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A unique id as IAM makes them: AROA for a role, ANPA for a managed policy, AIPA for an instance profile, then 17 characters. */
export const uniqueId = (prefix: 'AROA' | 'ANPA' | 'AIPA'): string =>
  prefix + Array.from({ length: 17 }, () => LETTERS[randomInt(LETTERS.length)]).join('')

export const arnOf = (
  state: IamState,
  kind: 'role' | 'policy' | 'instance-profile',
  entity: { path: string; name: string },
): string => `arn:aws:iam::${state.account}:${kind}${entity.path}${entity.name}`

export const noSuchEntity = (message: string): AwsError => new AwsError('NoSuchEntity', message, 404)
export const alreadyExists = (message: string): AwsError => new AwsError('EntityAlreadyExists', message, 409)
export const deleteConflict = (message: string): AwsError => new AwsError('DeleteConflict', message, 409)
export const limitExceeded = (quota: string, limit: number): AwsError =>
  new AwsError('LimitExceeded', `Cannot exceed quota for ${quota}: ${limit}`, 409)

/** Names are found as they were written, but two may not differ by case alone. */
export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

export function findRole(state: IamState, name: string): Role {
  const found = state.roles.find(role => role.name === name)
  if (!found) throw noSuchEntity(`The role with name ${name} cannot be found.`)
  return found
}

export function findPolicy(state: IamState, arn: string): Policy {
  const found = state.policies.find(policy => arnOf(state, 'policy', policy) === arn)
  if (!found) throw noSuchEntity(`Policy ${arn} was not found.`)
  return found
}

export function findInstanceProfile(state: IamState, name: string): InstanceProfile {
  const found = state.instanceProfiles.find(profile => profile.name === name)
  if (!found) throw noSuchEntity(`Instance Profile ${name} cannot be found.`)
  return found
}
