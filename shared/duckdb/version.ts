/**
 * The DuckDB that runs the job's SQL, on both engines: `@duckdb/node-api` of package.json and `duckdb` of
 * spark/requirements.txt. A plan names it, and an engine with another one refuses the plan.
 */
export const DUCKDB_VERSION = '1.5.6'
