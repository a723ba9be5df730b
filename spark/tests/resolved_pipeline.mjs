import { readFileSync } from 'node:fs'
import { parseSpec } from '../../shared/pipelines/parse-spec.ts'
import { resolvePipeline } from '../../shared/pipelines/resolve-pipeline.ts'

/* Prints what the spec of a file comes to: the pipeline as JSON, as it is deployed beside the job. */
const [, , file] = process.argv
const resolved = resolvePipeline(parseSpec(readFileSync(file, 'utf8'), file))
if (resolved.kind === 'incomplete') throw new Error(`${file} cannot run: ${resolved.missing.join(', ')}`)
process.stdout.write(JSON.stringify(resolved.pipeline))
