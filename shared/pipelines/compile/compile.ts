import { DUCKDB_VERSION } from '../../duckdb/version.ts'
import { JobPlan, PLAN_FORMAT } from '../../job/plan.ts'
import { type EventToCompile, judgeSql, recordNames } from './judge-sql.ts'
import { type RedshiftSinkToCompile, redshiftSink } from './redshift/transaction.ts'

/** One query of a pipeline, with what it reads and what it loads: all that the compiler reads. */
export interface QueryToCompile {
  id: string
  source: { kind: JobPlan['source']['kind'] }
  event: EventToCompile
  job: { query: string; watermarkDelayMinutes: number }
  sink: RedshiftSinkToCompile
  buckets: { streaming: { prefixes: Readonly<Record<string, string>> } }
}

/**
 * Compiles a query to the plan that every engine runs.
 * @throws Error when fields have one name, as SQL reads names
 */
export function compileJobPlan({ id, source, event, job, sink, buckets }: QueryToCompile): JobPlan {
  const names = event.fields.map(field => field.name.toLowerCase())
  const twice = event.fields.find((field, place) => names.indexOf(field.name.toLowerCase()) !== place)
  if (twice) throw new Error(`${id}: two fields are called ${twice.name}, for SQL does not mind capitals. Rename one.`)
  const taken = Object.keys(recordNames(source.kind)).find(name => names.includes(name.toLowerCase()))
  if (taken) throw new Error(`${id}: expressions know the record's own ${taken} by this name. Rename the field.`)
  const { checkpoint, staging, quarantine, progress } = buckets.streaming.prefixes
  return JobPlan.parse({
    format: PLAN_FORMAT,
    duckdb: DUCKDB_VERSION,
    pipeline: id,
    query: job.query,
    eventKey: [...event.key],
    watermarkDelayMs: job.watermarkDelayMinutes * 60_000,
    prefixes: { checkpoint, staging, quarantine, progress },
    judge: judgeSql(source.kind, event, sink.columns),
    source: { kind: source.kind },
    sink: redshiftSink(sink),
  })
}
