import type { z } from 'zod'
import { AwsError } from '../server/aws-error.ts'
import { oidcError } from './errors.ts'
import type { PortalState } from './state.ts'

/** What an operation of the portal is asked: these services are REST, and nothing is signed. */
export interface PortalRequest {
  query: URLSearchParams
  /** The header `x-amz-sso_bearer_token`. */
  token: string | undefined
  body: unknown
}

export interface PortalOperation {
  name: string
  method: 'GET' | 'POST'
  path: string
  run(state: PortalState, request: PortalRequest): unknown
}

/** An operation of SSO OIDC: JSON in, JSON out. */
export const oidcOperation = <I extends z.ZodType>(spec: {
  name: string
  path: string
  input: I
  run: (state: PortalState, input: z.output<I>) => unknown
}): PortalOperation => ({
  name: spec.name,
  method: 'POST',
  path: spec.path,
  run(state, { body }) {
    const input = spec.input.safeParse(body)
    if (!input.success)
      throw oidcError('InvalidRequestException', `Invalid request: ${input.error.issues[0]?.path.join('.')}`)
    return spec.run(state, input.data)
  },
})

/** A parameter of the address that must be there. */
export function requiredOf(query: URLSearchParams, name: string): string {
  const value = query.get(name)
  if (value) return value
  throw new AwsError('InvalidRequestException', `Missing required parameter ${name}`, 400)
}
