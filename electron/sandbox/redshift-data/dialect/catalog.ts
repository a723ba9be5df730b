import { READING_FUNCTIONS } from '../../../../shared/redshift/functions.ts'
import { permanentAttributesSql } from './attributes.ts'
import { macros } from './macros.ts'
import { settingsView } from './settings.ts'
import { quoteText } from './tokens.ts'

/** A default without the name of the sequence that IDENTITY is made of. */
const defaultOf = (column: string): string => `regexp_replace(${column}, 'nextval\\(.*\\)', '"identity"()')`
const HIDDEN_SCHEMAS = "'sluice_sandbox', 'main'"

/**
 * What a new warehouse holds beside the user's tables: tables of the sandbox's own, macros for functions whose answer
 * in DuckDB differs, and the system views that a schema browser needs. Run at every open; each statement can be run
 * again.
 */
export const catalogSql: string[] = [
  'create schema if not exists sluice_sandbox',
  'create schema if not exists public',
  permanentAttributesSql,
  'create table if not exists sluice_sandbox.materialized_views (name varchar, query varchar)',
  'create table if not exists sluice_sandbox.outcomes (statement_id varchar, outcome varchar, ended_at timestamp)',
  `create table if not exists sluice_sandbox.load_errors (query bigint, table_name varchar, starttime timestamp,
     filename varchar, line_number bigint, colname varchar, type varchar, col_length varchar, position integer,
     raw_line varchar, raw_field_value varchar,
     err_code integer, err_reason varchar)`,
  `create table if not exists sluice_sandbox.query_history (query_id bigint, statement_id varchar, query_text varchar,
     status varchar, error_message varchar, start_time timestamp, end_time timestamp, returned_rows bigint)`,

  ...macros,

  `create or replace view main.sluice_columns as
     select c.schema_name, c.table_name, c.column_name, c.column_index as ordinal_position, c.is_nullable,
       ${defaultOf('c.column_default')} as column_default,
       coalesce(a.type, case c.data_type
         when 'INTEGER' then 'integer' when 'BIGINT' then 'bigint' when 'SMALLINT' then 'smallint'
           when 'DOUBLE' then 'double precision'
         when 'FLOAT' then 'real' when 'BOOLEAN' then 'boolean' when 'DATE' then 'date'
           when 'TIMESTAMP' then 'timestamp without time zone'
         when 'TIMESTAMP WITH TIME ZONE' then 'timestamp with time zone' when 'VARCHAR' then 'character varying(65535)'
         when 'JSON' then 'super' when 'HUGEINT' then 'numeric(38,0)'
           else replace(lower(c.data_type), 'decimal', 'numeric') end) as type,
       a.max_bytes, coalesce(a.encoding, 'none') as encoding, coalesce(a.dist_key, false) as dist_key,
         coalesce(a.sort_key, 0) as sort_key
     from duckdb_columns() c left join sluice_sandbox.column_attributes a
       on a.schema_name = c.schema_name and a.table_name = c.table_name and a.column_name = c.column_name
     where not c.internal and c.schema_name not in ('sluice_sandbox', 'main') and c.database_name = current_database()`,
  `create or replace view main.svv_tables as
     select current_database() as table_catalog, table_schema, table_name, table_type, null::varchar as remarks
     from information_schema.tables where table_schema not in ('sluice_sandbox', 'main')
       and table_catalog = current_database()`,
  `create or replace view main.svv_columns as
     select current_database() as table_catalog, schema_name as table_schema, table_name, column_name, ordinal_position,
       column_default,
       case when is_nullable then 'YES' else 'NO' end as is_nullable, regexp_replace(type, '\\(.*\\)', '') as data_type,
       max_bytes as character_maximum_length from main.sluice_columns`,
  `create or replace view main.pg_table_def as
     select schema_name as schemaname, table_name as tablename, column_name as "column", type, encoding,
       dist_key as distkey, sort_key as sortkey,
       not is_nullable as notnull from main.sluice_columns`,
  `create or replace view main.svv_redshift_schemas as
     select current_database() as database_name, schema_name, 100 as schema_owner, 'local' as schema_type
       from duckdb_schemas()
     where database_name = current_database() and not internal and schema_name not in ('sluice_sandbox')`,
  `create or replace view main.svv_all_schemas as select * from main.svv_redshift_schemas`,
  'create or replace view main.svv_redshift_databases as select current_database() as database_name, 100 as ' +
    `database_owner, 'local' as database_type`,
  `create or replace view main.svv_redshift_tables as
     select current_database() as database_name, table_schema as schema_name, table_name, table_type
       from main.svv_tables`,
  `create or replace view main.svv_all_tables as select * from main.svv_redshift_tables`,
  `create or replace view main.svv_redshift_columns as
     select current_database() as database_name, schema_name, table_name, column_name, ordinal_position,
       type as data_type, column_default,
       case when is_nullable then 'YES' else 'NO' end as is_nullable, encoding, dist_key as distkey, sort_key as sortkey
         from main.sluice_columns`,
  `create or replace view main.svv_all_columns as select * from main.svv_redshift_columns`,
  `create or replace view main.svv_table_info as
     select current_database() as database, schema_name as schema, table_oid as table_id, table_name as "table",
       estimated_size as tbl_rows
     from duckdb_tables() where not internal and schema_name not in ('sluice_sandbox')
       and database_name = current_database()`,
  `create or replace view main.stl_load_errors as
     select 100 as userid, 0 as slice, 0 as tbl, starttime, 0 as session, query, filename, line_number, colname, type,
       col_length, position,
       raw_line, raw_field_value, err_code, err_reason from sluice_sandbox.load_errors`,
  `create or replace view main.sys_load_error_detail as
     select 100 as user_id, query as query_id, table_name, starttime as start_time, filename as file_name, line_number,
       colname as column_name,
       type as column_type, col_length as column_length, position, err_code as error_code, err_reason as error_message,
         raw_line
     from sluice_sandbox.load_errors`,
  `create or replace view main.sys_query_history as
     select 100 as user_id, query_id, current_database() as database_name, status, start_time, end_time, error_message,
       returned_rows, query_text
     from sluice_sandbox.query_history`,
  `create or replace view main.stl_query as
     select 100 as userid, query_id as query, query_text as querytxt, start_time as starttime, end_time as endtime
       from sluice_sandbox.query_history`,
  `create or replace view main.svl_qlog as
     select 100 as userid, query_id as query, query_id as xid, query_id as pid, start_time as starttime,
       end_time as endtime,
       date_diff('microsecond', start_time, end_time) as elapsed, case status when 'success' then 0 else 1
         end as aborted, query_text as substring
     from sluice_sandbox.query_history`,
  // The engine's own catalogs show what is the sandbox's; these are what a client sees of them (reserved.ts).
  ...['tables', 'views', 'table_constraints', 'key_column_usage'].map(
    name =>
      `create or replace view main.sluice_is_${name} as select * from system.information_schema.${name}
       where table_catalog = current_database() and table_schema not in (${HIDDEN_SCHEMAS})`,
  ),
  `create or replace view main.sluice_is_columns as select * replace (${defaultOf('column_default')} as column_default)
     from system.information_schema.columns where table_catalog = current_database()
       and table_schema not in (${HIDDEN_SCHEMAS})`,
  `create or replace view main.sluice_is_schemata as select * from system.information_schema.schemata
     where catalog_name = current_database() and schema_name not in (${HIDDEN_SCHEMAS})`,
  `create or replace view main.sluice_is_referential_constraints as select *
    from system.information_schema.referential_constraints
     where constraint_catalog = current_database() and constraint_schema not in (${HIDDEN_SCHEMAS})`,
  'create or replace view main.pg_namespace as select * from system.pg_catalog.pg_namespace where nspname not in ' +
    `(${HIDDEN_SCHEMAS})`,
  `create or replace view main.pg_class as select * from system.pg_catalog.pg_class
     where relnamespace in (select oid from main.pg_namespace) and relname <> 'sluice_attributes'`,
  'create or replace view main.pg_attribute as select * from system.pg_catalog.pg_attribute where attrelid in ' +
    '(select oid from main.pg_class)',
  ...Object.entries({
    pg_constraint: 'conrelid',
    pg_index: 'indrelid',
    pg_description: 'objoid',
    pg_depend: 'objid',
    pg_sequence: 'seqrelid',
  }).map(
    ([name, relation]) =>
      `create or replace view main.${name} as select * from system.pg_catalog.${name} where ${relation} in ` +
      '(select oid from main.pg_class)',
  ),
  ...['pg_sequences', 'pg_indexes'].map(
    name =>
      `create or replace view main.${name} as select * from system.pg_catalog.${name} where schemaname not in ` +
      `(${HIDDEN_SCHEMAS})`,
  ),
  `create or replace view main.pg_attrdef as select * replace (${defaultOf('adbin')} as adbin)
    from system.pg_catalog.pg_attrdef
     where adrelid in (select oid from main.pg_class)`,
  // They have nothing of a user's in them.
  ...['pg_am', 'pg_enum', 'pg_tablespace'].map(
    name => `create or replace view main.${name} as select * from system.pg_catalog.${name}`,
  ),
  `create or replace view main.pg_proc as select * replace (null as prosqlbody) from system.pg_catalog.pg_proc
     where proname in (${[...READING_FUNCTIONS].map(quoteText).join(', ')})`,
  settingsView,
  `create or replace view main.pg_tables as select * from system.pg_catalog.pg_tables
     where schemaname not in (${HIDDEN_SCHEMAS}) and tablename <> 'sluice_attributes'`,
  'create or replace view main.pg_views as select * from system.pg_catalog.pg_views where schemaname not in ' +
    `(${HIDDEN_SCHEMAS})`,
  `create or replace view main.pg_user as
     select main.sluice_user() as usename, 100 as usesysid, true as usecreatedb, true as usesuper, false as usecatupd,
       '********' as passwd,
       null::timestamp as valuntil, null::varchar as useconfig`,
]
