import { AwsError } from '../server/aws-error.ts'

/** What a policy may hold depends on where it stands: a trust policy says who, an identity policy says what on what. */
export type PolicyKind = 'trust' | 'identity'

const malformed = (message: string): AwsError => new AwsError('MalformedPolicyDocument', message)

const VERSIONS = new Set(['2012-10-17', '2008-10-17'])
const STATEMENT_MEMBERS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
])

/**
 * Checks a policy as far as its grammar goes (IAM User Guide, Grammar of the IAM JSON policy language). It is stored,
 * never enforced.
 * @throws AwsError `MalformedPolicyDocument`
 */
export function checkPolicyDocument(text: string, kind: PolicyKind): void {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw malformed('This policy contains invalid Json')
  }
  if (!isObject(document)) throw malformed('Syntax errors in policy.')
  for (const member of Object.keys(document)) {
    if (member !== 'Version' && member !== 'Id' && member !== 'Statement') throw malformed('Syntax errors in policy.')
  }
  if (document.Version !== undefined && !VERSIONS.has(String(document.Version))) {
    throw malformed('The policy version must be 2012-10-17 or 2008-10-17.')
  }
  const statements = Array.isArray(document.Statement) ? document.Statement : [document.Statement]
  if (statements.length === 0) throw malformed('Syntax errors in policy.')
  const sids = new Set<string>()
  for (const statement of statements) {
    checkStatement(statement, kind)
    if (statement.Sid === undefined || statement.Sid === '') continue
    if (sids.has(String(statement.Sid))) throw malformed('Statement IDs (SID) in a single policy must be unique.')
    sids.add(String(statement.Sid))
  }
}

function checkStatement(statement: unknown, kind: PolicyKind): asserts statement is Record<string, unknown> {
  if (!isObject(statement)) throw malformed('Syntax errors in policy.')
  for (const member of Object.keys(statement)) {
    if (!STATEMENT_MEMBERS.has(member)) throw malformed('Syntax errors in policy.')
  }
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') {
    throw malformed(statement.Effect === undefined ? 'Missing required field Effect' : 'Syntax errors in policy.')
  }
  if (statement.Condition !== undefined && !isObject(statement.Condition)) throw malformed('Syntax errors in policy.')
  const actions = texts(statement.Action ?? statement.NotAction)
  if (actions.length === 0) throw malformed('Policy statement must contain actions.')
  if (!actions.every(action => action === '*' || /^[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+$/.test(action))) {
    throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
  }
  if (kind === 'trust') checkTrust(statement, actions)
  else checkIdentity(statement)
}

function checkTrust(statement: Record<string, unknown>, actions: string[]): void {
  if (statement.Resource !== undefined || statement.NotResource !== undefined)
    throw malformed('Has prohibited field Resource')
  const principal = statement.Principal ?? statement.NotPrincipal
  if (principal === undefined) throw malformed('Missing required field Principal')
  if (principal !== '*' && !(isObject(principal) && Object.values(principal).every(entry => texts(entry).length > 0))) {
    throw malformed('Invalid principal in policy.')
  }
  if (!actions.every(action => /^sts:/i.test(action))) {
    throw malformed('AssumeRole policy may only specify STS AssumeRole actions.')
  }
}

function checkIdentity(statement: Record<string, unknown>): void {
  if (statement.Principal !== undefined || statement.NotPrincipal !== undefined) {
    throw malformed('Policy document should not specify a principal.')
  }
  const resources = texts(statement.Resource ?? statement.NotResource)
  if (resources.length === 0) throw malformed('Policy statement must contain resources.')
  for (const resource of resources) {
    if (resource !== '*' && !/^arn:[^:]*:[^:]*:[^:]*:[^:]*:.+/s.test(resource)) {
      throw malformed(`Resource ${resource} must be in ARN format or "*".`)
    }
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** One text or a list of them. */
function texts(value: unknown): string[] {
  if (value === undefined) return []
  const list: unknown[] = Array.isArray(value) ? value : [value]
  if (!list.every(entry => typeof entry === 'string')) throw malformed('Syntax errors in policy.')
  return list as string[]
}

/** Policies come back percent-encoded (RFC 3986): all but unreserved characters. */
export const encodeDocument = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** IAM counts a policy's characters without its white space. */
export const documentSize = (text: string): number => text.replace(/\s/g, '').length
