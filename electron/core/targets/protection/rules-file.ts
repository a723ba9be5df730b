import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { ProtectionRules, type RulesView } from '../../../../shared/features/protection.ts'
import { ExpectedError } from '../../../../shared/rpc/contract.ts'
import { replaceFile } from '../../../../shared/state/line-log.ts'
import type { RulesInForce } from './classify.ts'

/** Its name among core's own state. */
export const RULES_FILE = 'protection.json'

/** The user's rules: plain JSON, so that it is edited by hand, on a page or by a command. */
export interface RulesFile {
  view(): RulesView
  inForce(): RulesInForce
  /** @throws ExpectedError `conflict` where the file is not as it was read */
  write(rules: ProtectionRules, version: string): RulesView
}

/** Read again whenever it has changed: rules of a minute ago protect nobody. */
export function openRulesFile(file: string): RulesFile {
  let read: { mark: string; view: RulesView } | undefined
  function view(): RulesView {
    const mark = markOf(file)
    if (read?.mark !== mark) read = { mark, view: readRules(file) }
    return read.view
  }
  return {
    view,
    inForce() {
      const { state, problems, rules } = view()
      if (state !== 'broken') return { rules }
      return { broken: problems.map(problem => problemText(file, problem)).join('; ') }
    },
    write({ rules }, version) {
      read = undefined
      if (view().version !== version)
        throw new ExpectedError({
          code: 'conflict',
          reason: 'changed_since',
          message: `${file} has changed since it was read.`,
          hint: 'Look at the rules that are there now, then make the change again.',
          retryable: true,
        })
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      replaceFile(file, textOf({ rules }))
      read = undefined
      return view()
    },
  }
}

/** One rule a line. */
const textOf = ({ rules }: ProtectionRules): string =>
  rules.length === 0
    ? '{ "rules": [] }\n'
    : `{\n  "rules": [\n${rules.map(rule => `    ${JSON.stringify(rule)}`).join(',\n')}\n  ]\n}\n`

/** Changes with every write; the size, too, for those within one tick of the file system's clock. */
function markOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true })
  return stat ? `${stat.mtimeNs} ${stat.size} ${stat.ino}` : 'none'
}

function readRules(file: string): RulesView {
  const nothing = { file, rules: [], problems: [] }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ...nothing, state: 'none', version: 'none' }
    const message = error instanceof TypeError ? 'it is no UTF-8' : String((error as Error).message)
    return { ...nothing, state: 'broken', problems: [{ line: null, field: null, message }], version: 'unreadable' }
  }
  const version = createHash('sha256').update(text).digest('hex').slice(0, 16)
  const broken = (problems: RulesView['problems']): RulesView => ({ ...nothing, state: 'broken', problems, version })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const message = (error as Error).message
    return broken([{ line: lineOfSyntax(text, message), field: null, message: `it is no JSON: ${message}` }])
  }
  const parsed = ProtectionRules.safeParse(value)
  if (parsed.success) return { ...nothing, state: 'read', rules: parsed.data.rules, version }
  return broken(
    parsed.error.issues.map(({ path, message }) => ({
      line: path[0] === 'rules' && typeof path[1] === 'number' ? lineOfRule(text, path[1]) : null,
      field: fieldOf(path),
      message,
    })),
  )
}

function fieldOf(path: readonly PropertyKey[]): string | null {
  if (path.length === 0) return null
  if (path[0] !== 'rules' || typeof path[1] !== 'number') return path.map(String).join('.')
  return [`rule ${path[1] + 1}`, ...path.slice(2).map(String)].join(', ')
}

/** Where JSON.parse stopped, as its message has it. */
function lineOfSyntax(text: string, message: string): number {
  const position = /position (\d+)/.exec(message)?.[1]
  return text.slice(0, position === undefined ? text.length : Number(position)).split('\n').length
}

/** The line where a rule begins: the objects in the list are counted, whatever stands in their texts. */
function lineOfRule(text: string, rule: number): number | null {
  let [depth, line, seen] = [0, 1, -1]
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[\s\S]/g)) {
    if (token === '\n') line++
    if ((token === '{' || token === '[') && ++depth === 3 && ++seen === rule) return line
    if (token === '}' || token === ']') depth--
  }
  return null
}

/** A problem with its place, as a sentence without an end. */
export const problemText = (file: string, { line, field, message }: RulesView['problems'][number]): string =>
  [line === null ? file : `${file}, line ${line}`, field, message].filter(Boolean).join(': ')
