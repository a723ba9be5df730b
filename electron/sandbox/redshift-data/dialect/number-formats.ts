import { RedshiftError } from './statement.ts'

/** What a format of numbers asks for (Developer Guide, "Numeric format strings"). */
export interface NumberFormat {
  integerDigits: number
  /** How many of the integer digits are zeros where the number has none. */
  zeros: number
  decimals: number
  grouping: boolean
  /** FM: no blanks around. */
  compact: boolean
}

/**
 * Reads a format of the digits 9 and 0, a decimal point (`.` or `D`), groups of three (`,` or `G`) and FM.
 * @throws RedshiftError for what else a format may have, which the sandbox does not write
 */
export function parseNumberFormat(format: string): NumberFormat {
  const found = /^(FM)?([09,G]*)(?:[.D]([09]*))?$/i.exec(format.trim())
  if (!found) throw new RedshiftError(`the sandbox does not write numbers in the format "${format}"`, '0A000')
  const [, compact, integer = '', decimals = ''] = found
  const digits = integer.replace(/[,G]/gi, '')
  const firstZero = digits.indexOf('0')
  return {
    integerDigits: digits.length,
    zeros: firstZero < 0 ? 0 : digits.length - firstZero,
    decimals: decimals.length,
    grouping: digits.length !== integer.length,
    compact: compact !== undefined,
  }
}

/**
 * The macro behind `to_char(number, format)`: as PostgreSQL, with a place for the sign before, and `#` for what does
 * not fit.
 */
export const numberMacro = `create or replace macro main.sluice_number(value, integer_digits, zeros, decimals, grouped,
  compact) as (
  with a as (select value as v, round(abs(cast(value as decimal(30, 10))), decimals) as n),
       b as (select v, n, cast(trunc(n) as hugeint) as whole from a),
       c as (select v, whole, case when whole = 0 and zeros = 0 and decimals > 0 then ''
         else lpad(cast(whole as varchar), cast(greatest(zeros, length(cast(whole as varchar))) as integer), '0')
         end as digits,
               case when decimals = 0 then ''
                 else '.' || lpad(cast(cast((n - whole) * power(10, decimals) as bigint) as varchar),
                   cast(decimals as integer), '0') end as fraction from b),
       d as (select v, whole, digits, fraction, case when grouped then
         ltrim(regexp_replace(reverse(regexp_replace(reverse(digits), '(\\d{3})', '\\1,', 'g')), '^,', ''), ',')
         else digits end as shown from c)
  select case when v is null then null
    when length(cast(whole as varchar)) > integer_digits and whole > 0 then ' ' || repeat('#', integer_digits)
      || case when decimals > 0 then '.' || repeat('#', decimals) else '' end
    when compact then case when v < 0 then '-' else '' end || shown || fraction
    else lpad(case when v < 0 then '-' else ' ' end || shown || fraction,
      cast(1 + integer_digits + case when grouped then (integer_digits - 1) // 3 else 0 end
        + case when decimals > 0 then 1 + decimals else 0 end as integer), ' ') end from d)`
