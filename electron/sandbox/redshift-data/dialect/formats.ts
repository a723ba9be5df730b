/** Parts of a Redshift format of dates and times, longest first, and what strftime and strptime call them. */
const PARTS: [string, string][] = [
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
  ['D', '%w'],
]

/** `YYYY-MM-DD HH24:MI:SS` as `%Y-%m-%d %H:%M:%S`; text in double quotes stays as it is. Undefined when it is a format of numbers. */
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
    const part = PARTS.find(([name]) => format.slice(at, at + name.length).toUpperCase() === name)
    out += part ? part[1] : format[at] === '%' ? '%%' : format[at]
    at += part ? part[0].length : 1
  }
  return out
}
