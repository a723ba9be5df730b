import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import type { SandboxRequest } from './exchange.ts'
import { scopeOfHeader } from './signature/credential.ts'

/** What Sluice's own clients say they are (`userAgentAppId` of the SDK): of other clients nothing is recorded. */
const OURS = /(?:^|\s)app\/sluice(?:\s|$)/
/** The headers that let somebody in. */
const SECRET_HEADERS = new Set(['x-amz-security-token', 'x-amz-sso_bearer_token', 'x-amz-sso-bearer-token', 'cookie'])
/** Members of inputs that do, in JSON and in forms. */
const SECRETS = 'clientSecret|refreshToken|accessToken|code|codeVerifier|deviceCode|TokenCode|WebIdentityToken|Password'
const SECRET_IN_JSON = new RegExp(`("(?:${SECRETS})"\\s*:\\s*")((?:[^"\\\\]|\\\\.)*)`, 'g')
const SECRET_IN_FORM = new RegExp(`((?:^|&)(?:${SECRETS})=)([^&]*)`, 'g')
/**
 * A demo sends thousands of requests that differ in their records alone. Of each operation a process writes the first
 * so many bytes, and of what follows each so many-th request.
 */
const WHOLE_BYTES = 2_000_000
const THEN_EACH = 50

/** A request of one of Sluice's own clients, as it came over the wire. */
export type Arrived = Pick<SandboxRequest, 'method' | 'path' | 'query' | 'headers'>

/** Writes what Sluice's clients send, a line of JSON each, without secrets: test/recorder reads them. */
export interface Recorder {
  /** The request to go on with; its body passes through. */
  tap(request: SandboxRequest): SandboxRequest
  /** One whose body is there already. */
  write(request: Arrived, body: Buffer): void
}

/** Records into a file of its own in this folder, which must be there. @throws when it cannot be written */
export function recorderIn(folder: string): Recorder {
  const file = join(folder, `${process.pid}-${randomUUID()}.jsonl`)
  const written = new Map<string, { requests: number; bytes: number }>()

  function write(request: Arrived, body: Buffer): void {
    if (!isOurs(request)) return
    const kind = kindOf(request, body)
    const so = written.get(kind) ?? { requests: 0, bytes: 0 }
    written.set(kind, so)
    so.requests++
    if (so.bytes > WHOLE_BYTES && so.requests % THEN_EACH !== 0) return
    const line = `${JSON.stringify({ kind, nth: so.requests, ...withoutSecrets(request, body) })}\n`
    so.bytes += line.length
    // At once: what was recorded is there also when this process is killed.
    appendFileSync(file, line)
  }

  return {
    write,
    tap(request) {
      if (!isOurs(request)) return request
      const chunks: Buffer[] = []
      const body = new Transform({
        transform(chunk: Buffer, _, done) {
          if (!isObject(request)) chunks.push(chunk)
          done(null, chunk)
        },
        flush(done) {
          write(request, Buffer.concat(chunks))
          done()
        },
      })
      request.body.on('error', error => body.destroy(error))
      request.body.on('close', () => {
        if (!request.body.readableEnded) body.destroy()
      })
      return { ...request, body: request.body.pipe(body) }
    },
  }
}

const isOurs = ({ headers }: Arrived): boolean => OURS.test(headers['user-agent'] ?? '')

/** The content of an object: bytes of no shape, and many. */
const isObject = ({ method, path, headers }: Arrived): boolean =>
  method === 'PUT' && scopeOfHeader(headers.authorization) === 's3' && /^\/[^/]+\/./.test(path)

/** What a budget is for: the operation, as far as it is known without a model. */
function kindOf({ method, path, query, headers }: Arrived, body: Buffer): string {
  const scope = scopeOfHeader(headers.authorization) ?? headers.host ?? ''
  const target = headers['x-amz-target'] ?? (path.startsWith('/service/') ? path : undefined)
  if (target !== undefined) return `${scope} ${target}`
  const action = /(?:^|&)Action=(\w+)/.exec(body.subarray(0, 4_096).toString('latin1'))?.[1]
  if (action !== undefined) return `${scope} ${action}`
  const names = [...new URLSearchParams(query).keys()].sort().join(',')
  const depth = path.split('/').filter(part => part !== '').length > 1 ? 'key' : 'root'
  return `${scope} ${method} ${depth} ${names}${headers['x-amz-copy-source'] === undefined ? '' : ' copy'}`
}

function withoutSecrets({ method, path, query, headers }: Arrived, body: Buffer) {
  const { authorization, ...others } = headers
  const scope = scopeOfHeader(authorization)
  const hidden = Object.entries(others).map(([name, value]) => [name, SECRET_HEADERS.has(name) ? hide(value) : value])
  const isText = /json|urlencoded/.test(headers['content-type'] ?? '')
  const sent = isText ? Buffer.from(hideSecrets(body.toString('utf8'), headers['content-type'] ?? '')) : body
  return {
    ...(scope !== undefined && { scope }),
    method,
    path,
    query,
    headers: Object.fromEntries(hidden),
    ...bodyOf(sent),
  }
}

const bodyOf = (body: Buffer) => (body.length > 0 ? { body: body.toString('base64') } : {})

const hideSecrets = (text: string, type: string): string =>
  text.replace(
    /json/.test(type) ? SECRET_IN_JSON : SECRET_IN_FORM,
    (_, before: string, secret: string) => before + hide(secret),
  )

/** Of the same length, and within what a pattern asks of codes and tokens. */
const hide = (secret: string): string => '0'.repeat(secret.length)
