import { AwsError, notImplemented } from './aws-error.ts'
import { readBody } from './body.ts'
import type { SandboxReply, SandboxRequest, SandboxService } from './exchange.ts'

/** Parameters as the form named them: `Tags.member.1.Key` and so on. */
export type QueryInput = ReadonlyMap<string, string>

/** What an operation answers: members of `<ActionResult>`; arrays become `<member>` lists, dates ISO 8601. */
export type QueryOutput = { [member: string]: unknown }

export interface QueryOperation<State> {
  name: string
  run(
    state: State,
    input: QueryInput,
    request: SandboxRequest,
  ): QueryOutput | undefined | Promise<QueryOutput | undefined>
}

const LIMIT_BYTES = 1024 * 1024

/**
 * A service of the AWS Query protocol (form in, XML out): STS and IAM. `xmlNamespace` is the one of the service's
 * model.
 */
export function queryService<State>(spec: {
  signingName: string
  xmlNamespace: string
  state: State
  operations: readonly QueryOperation<State>[]
  /** What an error is in AWS's words that is none of its own; undefined when it is a defect. */
  asAwsError?: (error: unknown, request: SandboxRequest) => Promise<AwsError | undefined>
  close?: () => Promise<void>
}): SandboxService {
  const byName = new Map(spec.operations.map(entry => [entry.name, entry]))
  const refuse = (request: SandboxRequest, error: AwsError): SandboxReply => {
    const type = error.status >= 500 ? 'Receiver' : 'Sender'
    return xmlReply(
      error.status,
      request,
      `<ErrorResponse xmlns="${spec.xmlNamespace}"><Error><Type>${type}</Type><Code>${escapeXml(error.code)}</Code>` +
        `<Message>${escapeXml(error.message)}</Message></Error><RequestId>${request.id}</RequestId></ErrorResponse>`,
    )
  }
  return {
    signingName: spec.signingName,
    protocol: 'query',
    limitBytes: LIMIT_BYTES,
    refuse,
    ...(spec.close && { close: spec.close }),
    async handle(request) {
      try {
        const form = new URLSearchParams((await readBody(request, LIMIT_BYTES)).toString('utf8') || request.query)
        const action = form.get('Action') ?? ''
        const found = byName.get(action)
        if (!found) throw notImplemented(spec.signingName, action || '(no Action named)')
        const result = await found.run(spec.state, new Map(form), request)
        const body = `<${action}Response xmlns="${spec.xmlNamespace}">${
          result ? `<${action}Result>${membersToXml(result)}</${action}Result>` : ''
        }<ResponseMetadata><RequestId>${request.id}</RequestId></ResponseMetadata></${action}Response>`
        return xmlReply(200, request, body)
      } catch (failure) {
        const error = failure instanceof AwsError ? failure : await spec.asAwsError?.(failure, request)
        if (!error) throw failure
        return refuse(request, error)
      }
    },
  }
}

const xmlReply = (status: number, request: SandboxRequest, body: string): SandboxReply => ({
  status,
  headers: { 'content-type': 'text/xml', 'x-amzn-requestid': request.id },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
})

function membersToXml(members: object): string {
  return Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `<${name}>${valueToXml(value)}</${name}>`)
    .join('')
}

function valueToXml(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(entry => `<member>${valueToXml(entry)}</member>`).join('')
  if (value !== null && typeof value === 'object') return membersToXml(value)
  return escapeXml(String(value))
}

/**
 * Text as it may stand between two tags or in an attribute. What XML 1.0 has no place for (section 2.2, "Char"), not
 * even as a reference, becomes U+FFFD: AWS answers with such references, which no XML parser takes
 * (github.com/boto/botocore/issues/3496).
 */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']|(?![\t\n])\p{Cc}/gu, char => `&#${char.charCodeAt(0)};`)
}

/** The items of `prefix.member.N.<suffix>` parameters, in order. */
export function memberList(input: QueryInput, prefix: string, suffix = ''): string[] {
  const items: string[] = []
  for (let index = 1; ; index++) {
    const value = input.get(`${prefix}.member.${index}${suffix}`)
    if (value === undefined) return items
    items.push(value)
  }
}

/** A parameter that must be there. @throws AwsError `ValidationError` */
export function required(input: QueryInput, name: string): string {
  const value = input.get(name)
  if (!value) throw new AwsError('ValidationError', `The request must contain the parameter ${name}.`)
  return value
}
