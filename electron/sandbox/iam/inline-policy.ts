import type { QueryInput } from '../server/query-protocol.ts'
import { nameOf, roleName } from './parameters.ts'
import { findRole, type IamState, noSuchEntity } from './state.ts'

/** The role that a request names, and the name of its inline policy. @throws AwsError `NoSuchEntity` */
export const policyPlace = (state: IamState, input: QueryInput) => ({
  role: findRole(state, roleName(input)),
  policyName: nameOf(input, 'PolicyName', 128),
})

/** @throws AwsError `NoSuchEntity` */
export function inlinePolicy(policies: Record<string, string>, name: string): string {
  const found = Object.hasOwn(policies, name) ? policies[name] : undefined
  if (found === undefined) throw noSuchEntity(`The role policy with name ${name} cannot be found.`)
  return found
}
