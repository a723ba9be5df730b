/**
 * The words of a text as a POSIX shell cuts it, without all else that a shell does; as Python's `shlex.split`, by which
 * the AWS CLI reads the names of sections and the arguments of a `credential_process`.
 * @throws Error for a quote that is not closed, or a backslash at the end
 */
export function shellWords(text: string): string[] {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (/[ \t\r\n]/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (char === "'" || char === '"') {
      const quoted = quotedAt(text, at)
      word = (word ?? '') + quoted.value
      at = quoted.end
    } else if (char === '\\') {
      at++
      if (at >= text.length) throw new Error('a backslash at its end')
      word = (word ?? '') + text.charAt(at)
    } else word = (word ?? '') + char
  }
  if (word !== undefined) words.push(word)
  return words
}

/** What stands between two quotes; between double ones a backslash escapes them and itself, and is kept elsewhere. */
function quotedAt(text: string, start: number): { value: string; end: number } {
  const quote = text.charAt(start)
  let value = ''
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === quote) return { value, end: at }
    if (char === '\\' && quote === '"') {
      at++
      if (at >= text.length) break
      const next = text.charAt(at)
      value += next === '"' || next === '\\' ? next : `\\${next}`
    } else value += char
  }
  throw new Error('a quote that is not closed')
}

/**
 * The words of a command as Windows cuts it: blanks and tabs between them, double quotes, and backslashes that escape
 * only before a double quote ("Parsing C command-line arguments").
 */
export function windowsWords(text: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const backslashes = /^\\+/.exec(text.slice(at))?.[0].length ?? 0
    at += backslashes
    const char = text.charAt(at)
    if (backslashes > 0) word = (word ?? '') + '\\'.repeat(char === '"' ? Math.floor(backslashes / 2) : backslashes)
    if (char === '"' && backslashes % 2 === 1) word = `${word ?? ''}"`
    else if (char === '"') {
      isQuoted = !isQuoted
      word ??= ''
    } else if ((char === ' ' || char === '\t') && !isQuoted) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (char !== '') word = (word ?? '') + char
  }
  if (isQuoted) throw new Error('a quote that is not closed')
  if (word !== undefined) words.push(word)
  return words
}
