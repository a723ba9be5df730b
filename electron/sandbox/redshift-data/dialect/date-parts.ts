import { RedshiftError } from './statement.ts'

/**
 * The names of a date part (Developer Guide, "Date parts for date or timestamp functions"), by the one that DuckDB
 * knows. `dayofweek` counts from Sunday, 0, in both.
 */
const NAMES: Record<string, readonly string[]> = {
  millennium: ['millennium', 'millennia', 'mil', 'mils'],
  century: ['century', 'centuries', 'c', 'cent', 'cents'],
  decade: ['decade', 'decades', 'dec', 'decs'],
  epoch: ['epoch'],
  year: ['year', 'years', 'y', 'yr', 'yrs'],
  quarter: ['quarter', 'quarters', 'qtr', 'qtrs'],
  month: ['month', 'months', 'mon', 'mons'],
  week: ['week', 'weeks', 'w'],
  dayofweek: ['dayofweek', 'dow', 'dw', 'weekday'],
  dayofyear: ['dayofyear', 'doy', 'dy', 'yearday'],
  day: ['day', 'days', 'd'],
  hour: ['hour', 'hours', 'h', 'hr', 'hrs'],
  minute: ['minute', 'minutes', 'm', 'min', 'mins'],
  second: ['second', 'seconds', 's', 'sec', 'secs'],
  millisecond: [
    'millisecond',
    'milliseconds',
    'ms',
    'msec',
    'msecs',
    'msecond',
    'mseconds',
    'millisec',
    'millisecs',
    'millisecon',
  ],
  microsecond: [
    'microsecond',
    'microseconds',
    'us',
    'usec',
    'usecs',
    'usecond',
    'useconds',
    'microsec',
    'microsecs',
    'microsecond',
  ],
}
const BY_NAME = new Map(Object.entries(NAMES).flatMap(([part, names]) => names.map(name => [name, part] as const)))

/** DuckDB's name of a part. @throws RedshiftError for what is none */
export function datePart(name: string): string {
  const part = BY_NAME.get(name.toLowerCase())
  if (part === undefined) throw new RedshiftError(`timestamp units "${name}" not recognized`, '22023')
  return part
}

/** One macro a part that a date can be moved by: `sluice_dateadd_day(count, date)`. */
const MOVES: Record<string, string> = {
  millennium: 'to_years(1000 * n)',
  century: 'to_years(100 * n)',
  decade: 'to_years(10 * n)',
  year: 'to_years(n)',
  quarter: 'to_months(3 * n)',
  month: 'to_months(n)',
  week: 'to_days(7 * n)',
  day: 'to_days(n)',
  hour: 'to_hours(n)',
  minute: 'to_minutes(n)',
  second: 'to_seconds(n)',
  millisecond: 'to_milliseconds(n)',
  microsecond: 'to_microseconds(n)',
}
export const dateAddMacros: string[] = Object.entries(MOVES).map(
  ([part, move]) =>
    `create or replace macro main.sluice_dateadd_${part}(n, value) as cast(value as timestamp) + ` +
    `${move.replace('n)', 'cast(n as integer))')}`,
)
/** The macro that moves a date by a part. @throws RedshiftError for a part that cannot be added */
export function dateAddMacro(name: string): string {
  const part = datePart(name)
  if (!Object.hasOwn(MOVES, part)) throw new RedshiftError(`timestamp units "${name}" not supported`, '0A000')
  return `sluice_dateadd_${part}`
}
