import type { JobPlan } from '../../shared/job/plan.ts'
import { openKinesis } from './kinesis/kinesis-source.ts'
import { openRedshift } from './redshift/warehouse.ts'
import type { OpenSink } from './sink.ts'
import type { OpenSource } from './source.ts'

/** By the kind of the plan's source. */
export const SOURCES: Readonly<Record<JobPlan['source']['kind'], OpenSource>> = { kinesis: openKinesis }

/** By the kind of the plan's sink. */
export const SINKS: Readonly<Record<JobPlan['sink']['kind'], OpenSink>> = { redshift: openRedshift }
