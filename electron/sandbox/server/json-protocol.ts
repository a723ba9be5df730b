import * as cborg from 'cborg'
import type { z } from 'zod'
import { AwsError, notImplemented } from './aws-error.ts'
import { readBody } from './body.ts'
import type { SandboxReply, SandboxRequest, SandboxService } from './exchange.ts'
import { validationMessage } from './validation-message.ts'

/**
 * One operation of a service: its name on the wire, the shape it takes, and what it does to the state of the service.
 */
export interface JsonOperation<State> {
  name: string
  run(state: State, input: unknown, request: SandboxRequest): unknown | Promise<unknown>
}

/**
 * Binds the input's shape to what is done with it; input that does not fit is refused in AWS's words before `run` sees
 * it.
 */
export function operation<State, I extends z.ZodType>(spec: {
  name: string
  input: I
  run: (state: State, input: z.output<I>, request: SandboxRequest) => unknown | Promise<unknown>
}): JsonOperation<State> {
  return {
    name: spec.name,
    run(state, input, request) {
      const parsed = spec.input.safeParse(input)
      if (!parsed.success) throw new AwsError('ValidationException', validationMessage(parsed.error, input))
      return spec.run(state, parsed.data, request)
    },
  }
}

/**
 * How a service speaks: JSON by `X-Amz-Target` (1.0 or 1.1), CBOR by the same header, or Smithy RPC v2 CBOR by its
 * path.
 */
type Encoding = 'json' | 'cbor' | 'rpc-v2-cbor'

/** Makes a service out of operations. `limitBytes` is the longest request it reads. */
export function jsonService<State>(spec: {
  signingName: string
  targetPrefix: string
  state: State
  operations: readonly JsonOperation<State>[]
  limitBytes: number
  close?: () => Promise<void>
}): SandboxService {
  const byName = new Map(spec.operations.map(entry => [entry.name, entry]))
  return {
    signingName: spec.signingName,
    targetPrefix: spec.targetPrefix,
    protocol: 'json',
    limitBytes: spec.limitBytes,
    refuse: (request, error) => failure(request, encodingOf(request), error),
    ...(spec.close && { close: spec.close }),
    async handle(request) {
      const encoding = encodingOf(request)
      try {
        const name = operationName(request)
        const found = byName.get(name)
        if (!found) throw notImplemented(spec.signingName, name || '(no operation named)')
        const input = decode(await readBody(request, spec.limitBytes), encoding)
        return success(request, encoding, await found.run(spec.state, input, request))
      } catch (error) {
        if (error instanceof AwsError) return failure(request, encoding, error)
        throw error
      }
    },
  }
}

/** The operation that a request names, by header or by path; empty when it names none. */
export function operationName(request: SandboxRequest): string {
  const target = request.headers['x-amz-target']
  if (target) return target.slice(target.indexOf('.') + 1)
  return /^\/service\/[^/]+\/operation\/([^/]+)$/.exec(request.path)?.[1] ?? ''
}

/** The encoding that a request came in, which its reply goes out in. */
export function encodingOf(request: SandboxRequest): Encoding {
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor') return 'rpc-v2-cbor'
  return request.headers['content-type']?.startsWith('application/x-amz-cbor') ? 'cbor' : 'json'
}

function decode(body: Buffer, encoding: Encoding): unknown {
  if (body.length === 0) return {}
  try {
    if (encoding === 'json') return JSON.parse(body.toString('utf8'))
    const dates = { 1: (decodeInner: () => number) => new Date(decodeInner() * (encoding === 'cbor' ? 1 : 1000)) }
    return cborg.decode(body, { tags: dates as never })
  } catch (error) {
    throw new AwsError(
      'SerializationException',
      `The request body is not ${encoding === 'json' ? 'JSON' : 'CBOR'}: ${String(error)}`,
    )
  }
}

const CONTENT_TYPE: Record<Encoding, string> = {
  json: 'application/x-amz-json-1.1',
  cbor: 'application/x-amz-cbor-1.1',
  'rpc-v2-cbor': 'application/cbor',
}

function replyHeaders(request: SandboxRequest, encoding: Encoding): Record<string, string> {
  return {
    'content-type': CONTENT_TYPE[encoding],
    'x-amzn-requestid': request.id,
    ...(encoding === 'rpc-v2-cbor' && { 'smithy-protocol': 'rpc-v2-cbor' }),
  }
}

/**
 * A reply of status 200 in the encoding of the request. Dates become epoch seconds (milliseconds in x-amz-cbor), bytes
 * base64 in JSON.
 */
export function success(request: SandboxRequest, encoding: Encoding, output: unknown): SandboxReply {
  const value = output ?? {}
  return { status: 200, headers: replyHeaders(request, encoding), body: encode(value, encoding) }
}

/** A reply that carries an error: its code in `__type` and in `x-amzn-errortype`, its message in `message`. */
export function failure(request: SandboxRequest, encoding: Encoding, error: AwsError): SandboxReply {
  const shape = { __type: error.code, message: error.message, Message: error.message, ...error.fields }
  return {
    status: error.status,
    headers: { ...replyHeaders(request, encoding), 'x-amzn-errortype': error.code },
    body: encode(shape, encoding),
  }
}

function encode(value: unknown, encoding: Encoding): string | Uint8Array {
  if (encoding === 'json') return JSON.stringify(plain(value))
  return cborg.encode(value, {
    typeEncoders: {
      Date: (date: Date) => [
        new cborg.Token(cborg.Type.tag, 1),
        encoding === 'cbor'
          ? new cborg.Token(cborg.Type.uint, date.getTime())
          : new cborg.Token(cborg.Type.float, date.getTime() / 1000),
      ],
      undefined: () => [],
    } as never,
    ignoreUndefinedProperties: true,
  })
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  if (value === null || typeof value !== 'object') return value
  return Array.isArray(value) ? plainEntries(value) : plainMembers(value as Record<string, unknown>)
}

/** The same list when nothing in it changes, which is what nearly all hold: a reply of PutRecords has 500 objects. */
function plainEntries(values: readonly unknown[]): readonly unknown[] {
  let changed: unknown[] | undefined
  values.forEach((value, index) => {
    const entry = plain(value)
    if (entry === value) return
    changed ??= [...values]
    changed[index] = entry
  })
  return changed ?? values
}

function plainMembers(value: Record<string, unknown>): Record<string, unknown> {
  let changed: Record<string, unknown> | undefined
  for (const name in value) {
    const entry = plain(value[name])
    if (entry === value[name]) continue
    changed ??= { ...value }
    changed[name] = entry
  }
  return changed ?? value
}
