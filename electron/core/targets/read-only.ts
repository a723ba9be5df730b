import { ExpectedError } from '../../../shared/rpc/contract.ts'

/** Operations that change nothing, by AWS's own habit of naming; none of the services that the console uses breaks it. */
const READS = /^(Describe|List|Get|Head|BatchGet)[A-Z]/

/**
 * Stops a call that may change something before it is sent. It stands below every service, so that one that forgets to ask is stopped, too.
 * @throws ExpectedError `access_denied`
 */
export function refuseUnlessRead(target: string, command: string, input: unknown): void {
  const operation = command.replace(/Command$/, '')
  if (READS.test(operation) || operation === 'CancelStatement') return
  const sql = operation === 'ExecuteStatement' && (input as { Sql?: unknown }).Sql
  if (typeof sql === 'string' && isReadOnlySql(sql)) return
  throw new ExpectedError({
    code: 'access_denied',
    message: `${target} is read-only in Sluice: ${operation}${typeof sql === 'string' ? ' of anything but a query' : ''} is refused.`,
    hint: 'Choose a target that is not protected.',
    retryable: false,
  })
}

const CHANGES =
  /\b(into|insert|update|delete|merge|create|drop|alter|truncate|copy|unload|grant|revoke|call|lock|vacuum|refresh|set|reset|prepare|execute|begin|commit)\b/i

const QUOTED = {
  escaped: /\$(\w*)\$[\s\S]*?\$\1\$|'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g,
  plain: /\$(\w*)\$[\s\S]*?\$\1\$|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g,
}

/**
 * Whether a text is one query and nothing else. Words in quotes and comments do not count; a query that has a changing word anywhere else
 * (`select ... into`) is none, even if the word were harmless. Whether a backslash escapes a quote is a setting of the database, so it must
 * be a query both ways.
 */
export function isReadOnlySql(sql: string): boolean {
  return isQuery(bare(sql, QUOTED.escaped)) && isQuery(bare(sql, QUOTED.plain))
}

/** The words outside of quotes and comments. */
const bare = (sql: string, quoted: RegExp): string =>
  sql
    .replace(quoted, found => (found.startsWith('-') || found.startsWith('/') ? ' ' : ' x '))
    .trim()
    .replace(/;\s*$/, '')

function isQuery(words: string): boolean {
  if (words.includes(';') || /['"]|\/\*|\$\w*\$/.test(words)) return false
  const query = words.replace(/^explain\s+(verbose\s+)?/i, '')
  return /^(\(\s*)*(select|with|show|values)\b/i.test(query) && !CHANGES.test(query)
}
