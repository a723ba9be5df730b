import { RedshiftError } from './statement.ts'

/** Parts of a Redshift format of dates and times, longest first, and what strftime and strptime call them. */
const PARTS: [string, string][] = [
  ['IYYY', '%G'],
  ['YYYY', '%Y'],
  ['MONTH', '%B'],
  ['HH24', '%H'],
  ['HH12', '%I'],
  ['DDD', '%j'],
  ['DAY', '%A'],
  ['MON', '%b'],
  ['YY', '%y'],
  ['MM', '%m'],
  ['DD', '%d'],
  ['DY', '%a'],
  ['HH', '%I'],
  ['MI', '%M'],
  ['SS', '%S'],
  ['MS', '%g'],
  ['US', '%f'],
  ['AM', '%p'],
  ['PM', '%p'],
  ['TZ', '%Z'],
  ['IW', '%V'],
]

/** Parts that strftime has no word for: to leave them as they are would be a wrong answer. */
const UNKNOWN = /^(J|CC|WW|W|Q|D|Y,YYY|YYY|Y|IYY|IY|I|RM|SSSS|TH|BC|AD|B\.C\.|A\.D\.|A\.M\.|P\.M\.|OF)/i

/**
 * `YYYY-MM-DD HH24:MI:SS` as `%Y-%m-%d %H:%M:%S`; text in double quotes stays as it is. Undefined when it is a format
 * of numbers.
 * @throws RedshiftError for a part that the sandbox cannot write
 */
export function toStrftime(format: string): string | undefined {
  if (/^[\s09.,SLDG$FMPR-]+$/.test(format) && /[09]/.test(format)) return undefined
  let out = ''
  for (let at = 0; at < format.length; ) {
    if (format[at] === '"') {
      const end = format.indexOf('"', at + 1)
      out += format.slice(at + 1, end < 0 ? undefined : end).replaceAll('%', '%%')
      at = end < 0 ? format.length : end + 1
      continue
    }
    if (/^FM/i.test(format.slice(at))) {
      at += 2
      continue
    }
    const known = PARTS.some(([name]) => format.slice(at, at + name.length).toUpperCase() === name)
    const unknown = known ? undefined : UNKNOWN.exec(format.slice(at))?.[0]
    if (unknown) throw new RedshiftError(`the sandbox has no "${unknown}" in a format of dates and times`, '0A000')
    const part = PARTS.find(([name]) => format.slice(at, at + name.length).toUpperCase() === name)
    out += part ? part[1] : format[at] === '%' ? '%%' : format[at]
    at += part ? part[0].length : 1
  }
  return out
}
