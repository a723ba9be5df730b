import { dateAddMacros } from './date-parts.ts'
import { numberMacro } from './number-formats.ts'
import { settingMacro } from './settings.ts'

/**
 * An argument that a macro needs several times, as a lambda's, so that it stands in its text once: calls within calls
 * would otherwise double with every level, and a short statement would fill the memory.
 */
const once = (argument: string, name: string, expression: string): string =>
  `list_transform([${argument}], lambda ${name}: ${expression})[1]`
const NOT_ZERO = "case when d = 0 then error('division by zero') else d end"

/**
 * No text of Redshift is longer than 65,535 bytes; the engine makes one of gigabytes in a moment, beside its bound of
 * memory.
 */
const TOO_LONG = "error('value too long for type character varying(65535)')"
const bounded = (bytes: string, call: string): string =>
  once("{'t': text, 'n': n, 'p': piece}", 's', `case when ${bytes} > 65535 then ${TOO_LONG} else ${call} end`)
function padded(side: 'lpad' | 'rpad'): string {
  const call = bounded('s.n', `${side}(s.t, cast(s.n as integer), s.p)`)
  return `create or replace macro main.sluice_${side}(text, n) as ${call.replace('piece', "' '")},
     (text, n, piece) as ${call}`
}

/** Functions whose answer in DuckDB differs, or that it does not have. The translation calls them under these names. */
export const macros: string[] = [
  // An integer divided by zero is an error in Redshift; DuckDB says null. Operators are functions, and a macro comes
  // before them.
  `create or replace macro main."//"(a, b) as divide(a, ${once('b', 'd', NOT_ZERO)})`,
  `create or replace macro main.sluice_now() as cast(now() at time zone 'UTC' as timestamp)`,
  // As many whole characters as fit into so many bytes of UTF-8.
  `create or replace macro main.sluice_cut(text, bytes) as ${once(
    'text',
    't',
    `case when strlen(t) <= bytes then t
     else left(t, len(list_filter(range(1, least(length(t), bytes) + 1), lambda k: strlen(left(t, k)) <= bytes))) end`,
  )}`,
  `create or replace macro main.sluice_len(text) as length(text)`,
  `create or replace macro main.sluice_strftime(value, format) as strftime(cast(value as timestamp), format)`,
  `create or replace macro main.sluice_to_date(value, format) as cast(strptime(value, format) as date)`,
  `create or replace macro main.sluice_to_timestamp(value, format) as strptime(value, format)`,
  'create or replace macro main.sluice_datediff(part, a, b) as date_diff(part, cast(a as timestamp), cast(b as ' +
    'timestamp))',
  `create or replace macro main.sluice_charindex(part, text) as instr(text, part)`,
  `create or replace macro main.sluice_strtol(digits, base) as list_reduce(list_prepend(cast(0 as bigint),
     list_transform(string_split(lower(digits), ''),
       lambda d: cast(instr('0123456789abcdefghijklmnopqrstuvwxyz', d) - 1 as bigint))), lambda a, d: a * base + d)`,
  `create or replace macro main.sluice_json_path(json, a) as json_extract_string(json, ['$.' || a])[1],
     (json, a, b) as json_extract_string(json, ['$.' || a || '.' || b])[1],
     (json, a, b, c) as json_extract_string(json, ['$.' || a || '.' || b || '.' || c])[1]`,
  // The remainder by zero likewise.
  `create or replace macro main."%"(a, b) as mod(a, ${once('b', 'd', NOT_ZERO)})`,
  `create or replace macro main.sluice_version() as 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc ` +
    `(GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0 (Sluice sandbox)'`,
  `create or replace macro main.sluice_user() as 'awsuser'`,
  `create or replace macro main.sluice_regexp_replace(text, pattern) as regexp_replace(text, pattern, '', 'g'),
     (text, pattern, replacement) as regexp_replace(text, pattern, replacement, 'g')`,
  `create or replace macro main.sluice_regexp_substr(text, pattern) as regexp_extract(text, pattern)`,
  `create or replace macro main.sluice_regexp_count(text, pattern) as len(regexp_extract_all(text, pattern))`,
  `create or replace macro main.sluice_regexp_instr(text, pattern) as ${once(
    "{'t': text, 'p': pattern}",
    's',
    'case when regexp_matches(s.t, s.p) then instr(s.t, regexp_extract(s.t, s.p)) else 0 end',
  )}`,
  `create or replace macro main.sluice_octet_length(text) as strlen(cast(text as varchar))`,
  `create or replace macro main.sluice_btrim(text) as trim(text), (text, letters) as trim(text, letters)`,
  `create or replace macro main.sluice_initcap(text) as ${once(
    'text',
    't',
    `array_to_string(list_transform(range(1, length(t) + 1),
     lambda i: case when i = 1 or not regexp_matches(t[i - 1], '[[:alnum:]]') then upper(t[i])
       else lower(t[i]) end), '')`,
  )}`,
  `create or replace macro main.sluice_sha2(text, bits) as
     case when bits in (0, 256) then sha256(text) else error('the sandbox has SHA2 with 256 bits only') end`,
  'create or replace macro main.sluice_trunc(value) as trunc(value), (value, digits) as trunc(value * power(10, ' +
    'digits)) / power(10, digits)',
  `create or replace macro main.sluice_json_parse(text) as cast(text as json)`,
  `create or replace macro main.sluice_json_element(json, place) as json_extract_string(json, '$[' || place || ']')`,
  `create or replace macro main.sluice_digits(text) as ${once(
    'text',
    't',
    "case when t like '%-' then '-' else '' end || rtrim(regexp_replace(t, '[^0-9.-]', '', 'g'), '-')",
  )}`,
  'create or replace macro main.sluice_repeat(text, n) as ' +
    `${bounded('strlen(s.t) * s.n', 'repeat(s.t, s.n)').replace('piece', 'null')}`,
  padded('lpad'),
  padded('rpad'),
  `create or replace macro main.sluice_replace(text, n, piece) as ${bounded(
    `case when strlen(s.n) = 0 then 0 else strlen(s.t)
       + (strlen(s.t) - strlen(replace(s.t, s.n, ''))) // strlen(s.n) * (strlen(s.p) - strlen(s.n)) end`,
    'replace(s.t, s.n, s.p)',
  )}`,
  numberMacro,
  settingMacro,
  ...dateAddMacros,
]
