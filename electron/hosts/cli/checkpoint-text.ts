import { InvalidArgumentError } from 'commander'
import type { BeginFrom, Preflight, Verdict } from '../../../shared/features/checkpoint.ts'
import { count } from './text.ts'

const MARKS: Record<Verdict['state'], string> = { fine: '✓', unknown: '?', warning: '!', fatal: '✗' }
const STATES: Record<Preflight['state'], string> = {
  none: 'no checkpoint yet',
  fine: 'fine',
  warning: 'fine, with warnings',
  fatal: 'a job does not start on it',
}

/** What was found, a line a verdict, and the ways to go on. */
export function checkpointLines(preflight: Preflight): string[] {
  const width = Math.max(...preflight.verdicts.map(verdict => verdict.check.length))
  return [
    `${preflight.location}: ${STATES[preflight.state]}`,
    ...preflight.verdicts.flatMap(verdict => [
      `${MARKS[verdict.state]} ${verdict.check.padEnd(width)}  ${verdict.said}`,
      ...(verdict.next ? [`  ${' '.repeat(width)}  ${verdict.next}`] : []),
    ]),
    ...preflight.choices.flatMap(choice => [
      '',
      [
        choice.title,
        choice.kind === 'time' && choice.beginsAt ? `: ${choice.beginsAt}` : '',
        choice.estimated ? ' (estimated)' : '',
      ].join(''),
      ...(choice.refused ? [`  ✗ ${choice.refused}`] : []),
      ...choice.consequences.map(line => `  ${line}`),
    ]),
    ...(preflight.archived.length > 0 ? ['', 'Archived checkpoints:'] : []),
    ...preflight.archived.map(
      archive =>
        `  ${archive.id}  ${archive.batchId === null ? 'no batch' : `batch ${count(archive.batchId)}`}, ` +
        `${count(archive.records)} records; then from ${archive.from}; why: ${archive.why}`,
    ),
    ...(preflight.sparkSteps.length > 0 ? ['', "Checkpoints of Spark's own (read with --spark):"] : []),
    ...preflight.sparkSteps.map(
      step =>
        `  ${step.address}  ${step.stepId}, ${step.state.toLowerCase()}, sink ` +
        `${step.sink ?? 'of the spec'}${step.output ? ` below ${step.output}` : ''}`,
    ),
    ...preflight.sources.map(source => `from ${source.name}${source.estimated ? ' (estimated)' : ''} at ${source.at}`),
  ]
}

/** `oldest`, `now`, or a time with its zone. */
export function beginFrom(text: string): BeginFrom {
  if (text === 'oldest' || text === 'now') return { kind: text }
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('Give oldest, now, or a time with its zone, such as 2026-11-25T14:00Z.')
  return { kind: 'time', at: new Date(ms).toISOString() }
}
