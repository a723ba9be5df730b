/**
 * The functions of Redshift that read and change nothing (Database Developer Guide, "SQL functions reference"), by
 * their names. What is not here changes something (`pg_terminate_backend`, `set_config`, `nextval`), reaches out of the
 * database (`dblink`, `lo_import`, model and Lambda functions), or is somebody's own. The names before the parentheses
 * of forms that are no calls (`cast`, `extract`) are here, too.
 */
const BY_KIND = {
  aggregate: `any_value approximate avg bit_and bit_or bool_and bool_or corr count covar_pop covar_samp listagg max
    median min percentile_cont percentile_disc stddev stddev_pop stddev_samp sum var_pop var_samp variance every
    grouping grouping_id hll hll_create_sketch hll_combine approx_count_distinct apache_datasketches_hll
    apache_datasketches_theta string_agg array_agg`,
  window:
    'cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank ratio_to_report row_number',
  conditional: 'case coalesce decode greatest least nvl nvl2 nullif isnull ifnull',
  date: `add_months at current_date current_time current_timestamp convert_timezone date date_cmp date_cmp_timestamp
    date_cmp_timestamptz date_part date_part_year date_trunc dateadd date_add datediff date_diff extract getdate
    interval_cmp last_day months_between next_day now pgdate_part sysdate timeofday timestamp_cmp timestamp_cmp_date
    timestamp_cmp_timestamptz timestamptz_cmp timestamptz_cmp_date timestamptz_cmp_timestamp timezone to_timestamp
    trunc age localtime localtimestamp statement_timestamp transaction_timestamp clock_timestamp isfinite timestamp
    timestamptz time timetz datetime justify_days justify_hours justify_interval year month day hour minute second
    quarter week dayofweek dayofyear dow`,
  text: `ascii bpcharcmp btrim bttext_pattern_cmp char char_length character_length charindex chr collate concat
    crc32 difference initcap left len length lower lpad ltrim octet_length octetindex position quote_ident
    quote_literal regexp_count regexp_instr regexp_replace regexp_substr repeat replace replicate reverse right rpad
    rtrim soundex split_part strpos strtol substr substring textlen translate trim upper split_to_array text
    bit_length to_hex to_ascii overlay starts_with contains`,
  math: `abs acos asin atan atan2 cbrt ceil ceiling checksum cos cot degrees dexp dlog1 dlog10 exp floor ln log mod
    pi pow power radians random round sign sin sqrt square tan trunc width_bucket bitand log10`,
  hash: 'fnv_hash func_sha1 md5 sha sha1 sha2 farmfingerprint64 strong_hash murmur3_32_hash xxhash64',
  bytes: 'from_hex to_hex from_varbyte to_varbyte getbit hex unhex encode',
  json: `can_json_parse is_valid_json is_valid_json_array json_array_length json_extract_array_element_text
    json_extract_path_text json_parse json_serialize json_serialize_to_varbyte json_typeof json_size escape_json`,
  super: `array array_concat array_contains array_distinct array_except array_exists array_flatten
    array_intersection array_position array_positions array_sort array_to_string array_union get_array_length
    get_number_attributes is_array is_bigint is_boolean is_char is_decimal is_float is_integer is_object is_scalar
    is_smallint is_varchar json_typeof lower_attribute_names upper_attribute_names object object_transform subarray
    size super dict_to_super array_upper array_lower`,
  sketch: 'hll_cardinality hll_combine_sketches',
  format: `cast convert text_to_int_alt text_to_numeric_alt to_char to_date to_number try_cast
    varchar bpchar bool boolean int int2 int4 int8 integer bigint smallint float float4 float8 numeric decimal`,
  system: `current_aws_account current_database current_namespace current_schema current_schemas current_session_arn
    current_setting current_user current_user_id has_assumerole_privilege has_database_privilege
    has_schema_privilege has_table_privilege last_user_query_id pg_backend_pid pg_get_cols
    pg_get_grantee_by_iam_role pg_get_iam_role_by_user pg_get_late_binding_view_cols pg_get_session_roles
    pg_get_viewdef pg_last_copy_count pg_last_copy_id pg_last_query_id pg_last_unload_count pg_last_unload_id
    session_user slice_num user user_is_member_of role_is_member_of version pg_get_constraintdef pg_get_indexdef
    pg_get_userbyid pg_table_is_visible format_type obj_description col_description pg_get_expr
    has_function_privilege has_column_privilege has_language_privilege pg_function_is_visible pg_type_is_visible`,
  spatial: `addbbox dropbbox geometrytype h3_boundary h3_center h3_fromlonglat h3_frompoint h3_isvalid h3_polyfill
    h3_resolution h3_tochildren h3_toparent st_addpoint st_angle st_area st_asbinary st_asewkb st_asewkt
    st_asgeojson st_ashexewkb st_ashexwkb st_astext st_azimuth st_boundary st_buffer st_centroid st_collect
    st_contains st_containsproperly st_convexhull st_coveredby st_covers st_crosses st_dimension st_disjoint
    st_distance st_distancesphere st_dwithin st_endpoint st_envelope st_equals st_exteriorring st_force2d st_force3d
    st_force3dm st_force3dz st_force4d st_geogfromtext st_geogfromwkb st_geohash st_geometryn st_geometrytype
    st_geomfromewkb st_geomfromewkt st_geomfromgeohash st_geomfromgeojson st_geomfromgeosquare st_geomfromtext
    st_geomfromwkb st_geosquare st_interiorringn st_intersection st_intersects st_isclosed st_iscollection
    st_isempty st_ispolygonccw st_ispolygoncw st_isring st_issimple st_isvalid st_length st_length2d st_lengthsphere
    st_lineinterpolatepoint st_linefrommultipoint st_m st_makeenvelope st_makeline st_makepoint st_makepolygon
    st_memsize st_mmax st_mmin st_multi st_ndims st_npoints st_nrings st_numgeometries st_numinteriorrings
    st_numpoints st_perimeter st_perimeter2d st_point st_pointn st_points st_polygon st_quadrantindex st_removepoint
    st_reverse st_setpoint st_setsrid st_simplify st_srid st_startpoint st_touches st_transform st_union st_within
    st_x st_xmax st_xmin st_y st_ymax st_ymin st_z st_zmax st_zmin`,
  tables: 'generate_series unnest values',
} as const

export const READING_FUNCTIONS: ReadonlySet<string> = new Set(
  Object.values(BY_KIND).flatMap(names => names.split(/\s+/)),
)
