import { quoteText } from './tokens.ts'

/**
 * The settings of a session that clients ask for, as they are when nothing was set (Developer Guide, "Configuration
 * reference").
 */
const SETTINGS: Readonly<Record<string, string>> = {
  analyze_threshold_percent: '10',
  cast_super_null_on_error: 'on',
  client_encoding: 'UTF8',
  datestyle: 'ISO, MDY',
  default_geometry_encoding: '1',
  describe_field_name_in_uppercase: 'off',
  downcase_delimited_identifier: 'on',
  enable_case_sensitive_identifier: 'off',
  enable_case_sensitive_super_attribute: 'off',
  enable_numeric_rounding: 'on',
  enable_result_cache_for_session: 'on',
  enable_vacuum_boost: 'off',
  error_on_nondeterministic_update: 'off',
  extra_float_digits: '0',
  interval_forbid_composite_literals: 'off',
  json_serialization_enable: 'off',
  json_serialization_parse_nested_strings: 'off',
  max_concurrency_scaling_clusters: '1',
  max_cursor_result_set_size: '0',
  mv_enable_aqmv_for_session: 'on',
  navigate_super_null_on_error: 'on',
  parse_super_null_on_error: 'off',
  query_group: 'default',
  server_encoding: 'UTF8',
  server_version: '8.0.2',
  spectrum_query_maxerror: '-1',
  statement_timeout: '0',
  stored_proc_log_min_messages: 'LOG',
  timezone: 'UTC',
  transaction_isolation: 'serializable',
  use_fips_ssl: 'off',
  wlm_query_slot_count: '1',
}

const cases = Object.entries(SETTINGS).map(([name, value]) => `when ${quoteText(name)} then ${quoteText(value)}`)

/** `current_setting`: the engine below has settings of its own, which say where its files are. */
export const settingMacro = `create or replace macro main.sluice_setting(name) as case lower(name)
  when 'search_path' then current_setting('search_path')
  ${cases.join(' ')} else error('unrecognized configuration parameter "' || name || '"') end`

export const settingsView = `create or replace view main.pg_settings as
  select name, setting, 'user' as context, 'string' as vartype, 'default' as source
    from (values ('search_path', current_setting('search_path')),
  ${Object.entries(SETTINGS)
    .map(([name, value]) => `(${quoteText(name)}, ${quoteText(value)})`)
    .join(', ')}) s (name, setting)`
