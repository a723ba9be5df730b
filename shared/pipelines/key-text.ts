/*
 * A key as one text, as a person types it into a search field: the values of its columns in their order, with commas
 * between them. A comma or backslash of a value has a backslash before it. A key of one column is its value as it is.
 */

/** @throws Error when there is not one value for each column */
export function parseKeyText(text: string, columns: readonly string[]): string[] {
  if (columns.length === 1) return [text]
  const values: string[] = []
  let value = ''
  for (let at = 0; at < text.length; at++) {
    if (text[at] === ',') {
      values.push(value)
      value = ''
    } else if (text[at] === '\\' && at + 1 < text.length) value += text[++at]
    else value += text[at]
  }
  values.push(value)
  if (values.length !== columns.length)
    throw new Error(`The key has ${columns.length} columns: write their values as ${columns.join(',')}.`)
  return values.map(entry => entry.trim())
}

export const formatKeyText = (values: readonly string[]): string =>
  values.length === 1
    ? (values[0] ?? '')
    : values.map(value => value.replaceAll(/[\\,]/g, found => `\\${found}`)).join(',')
