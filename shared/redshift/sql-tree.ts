/*
 * What a tree of @polyglot-sql/sdk is made of. A node is an object with one member, which is named by its kind; what
 * has more members, or the member `this` or `expressions`, belongs to the node around it.
 */

/** A part of a tree that a query may not have. */
export interface Foreign {
  what: 'function' | 'node' | 'clause'
  name: string
}

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean)

/** What queries are built of. */
const STRUCTURE = words(`
  literal boolean null identifier column table star select union intersect except subquery pivot pivot_alias
  pivot_any unpivot unpivot_columns values alias aliases cast try_cast collation case and or add sub mul div int_div
  mod eq neq lt lte gt gte like i_like similar_to regexp_like regexp_i_like bitwise_and bitwise_or bitwise_xor
  bitwise_not bitwise_left_shift bitwise_right_shift concat d_pipe not neg in between is_null is_true is_false is
  exists from join joined_table where group_by having order_by limit offset fetch qualify with cte window_function
  ordered window window_spec over within_group filter data_type array tuple interval interval_span interval_op
  time_unit at_time_zone any all overlaps subscript array_slice dot paren annotated group cube rollup grouping_sets
  table_alias projection_def var placeholder parameter lateral unnest table_sample j_s_o_n_extract json_extract
  j_s_o_n_path connect prior connect_by_root operator null_safe_eq null_safe_neq at_index overlay`)

/**
 * Functions that the parser has nodes of their own for; each is one of Redshift's that read, or one that the
 * translation makes of these.
 */
const FUNCTION_NODES = words(`
  substring upper lower length trim l_trim r_trim replace reverse left right repeat lpad rpad split_part
  regexp_replace regexp_extract regexp_instr regexp_count abs round floor ceil power sqrt cbrt ln log exp sign
  greatest least current_date current_time current_timestamp localtime localtimestamp date_add date_sub date_diff
  date_trunc timestamp_trunc timestamp_add timestamp_diff ts_or_ds_add ts_or_ds_diff ts_or_ds_to_date extract
  to_date to_timestamp str_to_date str_to_time str_to_unix time_to_str date time timestamp coalesce if_null nvl nvl2
  if_func nullif decode decode_case count sum avg min max group_concat string_agg list_agg array_agg stddev
  stddev_pop stddev_samp variance var_pop var_samp median first last any_value approx_distinct approx_count_distinct
  approx_percentile percentile logical_and logical_or bitwise_and_agg bitwise_or_agg row_number rank dense_rank
  n_tile lead lag first_value last_value nth_value percent_rank cume_dist percentile_cont percentile_disc contains
  starts_with ends_with position str_position initcap ascii chr char_func soundex byte_length hex unhex unicode
  mod_func random rand trunc_func pi radians degrees sin cos tan asin acos atan atan2 date_format year month day
  hour minute second day_of_week day_of_month day_of_year week_of_year week quarter add_months months_between
  last_day next_day epoch from_unixtime unix_timestamp session_user current_user current_schema current_schemas
  s_h_a s_h_a2 m_d5_digest array_func array_length array_size array_contains array_position array_concat array_sort
  array_distinct array_join array_to_string array_flatten array_union array_except array_intersect split
  string_to_array json_extract_scalar json_extract_path json_array_length json_type parse_json to_json
  j_s_o_n_extract_scalar j_s_o_n_format j_s_o_n_type parse_j_s_o_n convert convert_timezone generate_series
  translate to_char to_number grouping grouping_id corr covar_pop covar_samp width_bucket xor getbit encode
  lower_hex is_nan typeof hll number_to_str time_str_to_time date_str_to_date unix_to_time farm_fingerprint
  standard_hash from_time_zone collate`)

/** What changes of data are built of, beside. */
const CHANGES = words('insert update delete merge whens when returning')

const READING: ReadonlySet<string> = new Set([...STRUCTURE, ...FUNCTION_NODES])
const CHANGING: ReadonlySet<string> = new Set([...READING, ...CHANGES])

/**
 * Members that are no node though they are alone in their object; the two of a window's frame have an expression, not a
 * node's content.
 */
const MEMBERS = new Set(['this', 'expressions', 'name', 'value', 'Preceding', 'Following'])
const NAMED_CALLS = new Set(['function', 'aggregate_function'])
/** What groups is a function to the parser. */
const GROUPINGS: ReadonlySet<string> = new Set(['grouping sets', 'rollup', 'cube'])

/**
 * What of a tree is not of those that `allows` names: functions that are not known, nodes that are none of a query (or
 * of a change of data). Undefined when there is nothing; of several the first.
 */
export function foreignPart(
  tree: unknown,
  allows: {
    statements: 'queries' | 'changes'
    isFunction: (name: string) => boolean
    isRelation?: (name: string) => boolean
  },
): Foreign | undefined {
  const nodes = allows.statements === 'queries' ? READING : CHANGING
  const open: { value: unknown; isContent: boolean }[] = [{ value: tree, isContent: false }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, isContent } = next
    if (typeof value !== 'object' || value === null) continue
    const found =
      clauseHere(value, nodes) ?? (isContent || Array.isArray(value) ? undefined : foreignHere(value, nodes, allows))
    if (found) return found
    const members = Object.entries(value)
    const isNode = !isContent && !Array.isArray(value) && isNodeObject(members)
    // Backwards, so that what stands first is visited first.
    for (const [, member] of members.reverse()) open.push({ value: member, isContent: isNode })
  }
  return undefined
}

const isNodeObject = ([only, another]: [string, unknown][]): boolean =>
  only !== undefined && another === undefined && !MEMBERS.has(only[0])

/** SELECT INTO, and FOR UPDATE. */
function clauseHere(object: object, nodes: ReadonlySet<string>): Foreign | undefined {
  for (const [name, value] of Object.entries(object)) {
    if (name === 'into' && value !== null && nodes === READING) return { what: 'clause', name: 'INTO' }
    if (name === 'locks' && Array.isArray(value) && value.length > 0) return { what: 'clause', name: 'FOR' }
  }
  return undefined
}

function foreignHere(
  object: object,
  nodes: ReadonlySet<string>,
  allows: Parameters<typeof foreignPart>[1],
): Foreign | undefined {
  const members = Object.entries(object)
  const [only] = members
  if (!only || !isNodeObject(members)) return undefined
  const [kind, content] = only
  if (NAMED_CALLS.has(kind)) {
    // `approximate` before an aggregate is a part of its name to the parser.
    const name = nameOf(content).replace(/^approximate /, '')
    return GROUPINGS.has(name) || allows.isFunction(name) ? undefined : { what: 'function', name }
  }
  if (kind === 'method_call') {
    const name = nameOf(memberOf(content, 'method'))
    return { what: 'function', name: `${textOf(memberOf(content, 'this'))}${name}` }
  }
  if (!nodes.has(kind)) return { what: 'node', name: kind }
  if (kind === 'table' && allows.isRelation) {
    for (const part of ['catalog', 'schema', 'name']) {
      const name = nameOf(memberOf(content, part))
      if (name !== '' && !allows.isRelation(name)) return { what: 'node', name }
    }
  }
  return undefined
}

const memberOf = (value: unknown, member: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, member)?.value : undefined

function nameOf(value: unknown): string {
  const name = memberOf(value, 'name')
  return typeof name === 'string' ? name.toLowerCase() : typeof name === 'object' && name !== null ? nameOf(name) : ''
}

/** The schema before a function, with its dot. */
function textOf(value: unknown): string {
  const name = nameOf(memberOf(value, 'column'))
  return name === '' ? '' : `${name}.`
}
