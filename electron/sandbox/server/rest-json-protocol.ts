import type { z } from 'zod'
import { AwsError, notImplemented } from './aws-error.ts'
import { readBody } from './body.ts'
import type { SandboxReply, SandboxRequest, SandboxService } from './exchange.ts'
import { failure } from './json-protocol.ts'
import { validationMessage } from './validation-message.ts'

/** One operation of a service whose operations are methods on paths, with JSON in the body (Smithy, restJson1). */
export interface RestJsonOperation<State> {
  name: string
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** The segments of its path; one in braces is a member of the input. */
  path: string
  run(state: State, input: Record<string, unknown>, request: SandboxRequest): unknown | Promise<unknown>
}

/**
 * Binds the input's shape to what is done with it. Members of the path, of the query and of the body are one input, as
 * in the service's model; `query` gives the members that travel in the address, by their names there.
 */
export function restOperation<State, I extends z.ZodType>(spec: {
  name: string
  method: RestJsonOperation<State>['method']
  path: string
  query?: Readonly<Record<string, { member: string; number?: true }>>
  input: I
  run: (state: State, input: z.output<I>) => unknown | Promise<unknown>
}): RestJsonOperation<State> {
  return {
    name: spec.name,
    method: spec.method,
    path: spec.path,
    run(state, input, request) {
      const whole = { ...input, ...membersOf(request.query, spec.query ?? {}) }
      const parsed = spec.input.safeParse(whole)
      if (!parsed.success) throw new AwsError('ValidationException', validationMessage(parsed.error, whole))
      return spec.run(state, parsed.data)
    },
  }
}

function membersOf(
  query: string,
  named: Readonly<Record<string, { member: string; number?: true }>>,
): Record<string, unknown> {
  const given = new URLSearchParams(query)
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, { member, number }]) => {
      const value = given.get(name)
      return value === null ? [] : [[member, number ? Number(value) : value]]
    }),
  )
}

/** Makes a service out of operations. `limitBytes` is the longest request it reads. */
export function restJsonService<State>(spec: {
  signingName: string
  state: State
  operations: readonly RestJsonOperation<State>[]
  limitBytes: number
  close?: () => Promise<void>
}): SandboxService {
  const refuse = (request: SandboxRequest, error: AwsError) => asRest(failure(request, 'json', error))
  return {
    signingName: spec.signingName,
    protocol: 'json',
    limitBytes: spec.limitBytes,
    refuse,
    ...(spec.close && { close: spec.close }),
    async handle(request) {
      try {
        const found = find(spec.operations, request)
        if (!found) throw notImplemented(spec.signingName, `${request.method} ${request.path}`)
        const body = parsed(await readBody(request, spec.limitBytes))
        const output = await found.operation.run(spec.state, { ...body, ...found.members }, request)
        const text = JSON.stringify(output ?? {}, seconds)
        return { status: 200, headers: { ...TYPE, 'x-amzn-requestid': request.id }, body: text }
      } catch (error) {
        if (error instanceof AwsError) return refuse(request, error)
        throw error
      }
    },
  }
}

const TYPE = { 'content-type': 'application/json' }
const asRest = (reply: SandboxReply): SandboxReply => ({ ...reply, headers: { ...reply.headers, ...TYPE } })

/** Timestamps in a body are epoch seconds (Smithy, restJson1). A date reaches a replacer as text: the holder has it. */
function seconds(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const held = this[key]
  return held instanceof Date ? held.getTime() / 1000 : value
}

function find<State>(operations: readonly RestJsonOperation<State>[], { method, path }: SandboxRequest) {
  const given = path.split('/')
  for (const operation of operations) {
    const wanted = operation.path.split('/')
    if (operation.method !== method || wanted.length !== given.length) continue
    const members: Record<string, string> = {}
    const fits = wanted.every((segment, place) => {
      const [, member] = /^\{(\w+)\}$/.exec(segment) ?? []
      if (member === undefined) return segment === given[place]
      members[member] = decoded(given[place] ?? '')
      return given[place] !== ''
    })
    if (fits) return { operation, members }
  }
  return undefined
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch (error) {
    throw new AwsError('ValidationException', `The path cannot be read: ${String(error)}`)
  }
}

function parsed(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {}
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new AwsError('SerializationException', 'The request body is not a JSON object.')
}
