import { randomInt } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { StateCare } from '../../../shared/state/damage.ts'
import { readJsonFile, writeJsonFile } from '../../../shared/state/json-file.ts'
import { AwsError } from '../server/aws-error.ts'
import { Entities, type InstanceProfile, type Policy, type Role } from './entities.ts'

/** What the operations of IAM see. */
export interface IamState extends Entities {
  account: string
  now: () => number
  /** Writes all to disk; what an operation changed is there when it returns. */
  save(): void
}

/**
 * Opens the one file of IAM; it is replaced whole, so that a kill leaves the state before a change or after it.
 * @throws DamagedState
 */
export function openState(options: { dir: string; account: string; now: () => number; care: StateCare }): IamState {
  mkdirSync(options.dir, { recursive: true })
  const path = join(options.dir, 'entities.json')
  const lost = 'roles, policies and instance profiles'
  const none: Entities = { roles: [], policies: [], instanceProfiles: [] }
  const entities = readJsonFile(path, { schema: Entities, care: options.care, lost, canGoOn: false }) ?? none
  let saved = structuredClone(entities)
  return {
    ...entities,
    account: options.account,
    now: options.now,
    save() {
      try {
        writeJsonFile(path, entities)
      } catch (error) {
        // What the disk did not take has not happened: the request fails, and can be retried.
        put(entities.roles, saved.roles)
        put(entities.policies, saved.policies)
        put(entities.instanceProfiles, saved.instanceProfiles)
        throw error
      }
      saved = structuredClone(entities)
    },
  }
}

function put<T>(list: T[], before: readonly T[]): void {
  list.splice(0, list.length, ...structuredClone(before))
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * A unique id as IAM makes them: AROA for a role, ANPA for a managed policy, AIPA for an instance profile, then 17
 * characters.
 */
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
