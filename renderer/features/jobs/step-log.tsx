import Input from '@cloudscape-design/components/input'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { LogLine } from '../../../shared/features/jobs.ts'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useCall } from '../../live/use-call.ts'
import { Ago } from '../../ui/figure.tsx'
import { Problem } from '../../ui/problem.tsx'

const FILES = ['stdout', 'stderr', 'controller'] as const
type LogFile = (typeof FILES)[number]
/** EMR copies logs to S3; asking more often than the sandbox does brings nothing new. */
const AGAIN_MS = 3_000
const SHOWN_LINES = 2_000

/** A line of a log with its number in the file, 1 for the first. */
interface NumberedLine {
  number: number
  text: string
}

/**
 * The tail of a step's log, followed while it is open, with a search; or the surroundings of a line that is asked for.
 */
export function StepLog({
  clusterId,
  stepId,
  wanted,
}: {
  clusterId: string
  stepId: string
  wanted?: LogLine | undefined
}) {
  const [file, setFile] = useState<LogFile>(wanted?.file ?? 'stdout')
  const [text, setText] = useState('')
  const log = useCall(
    useCallback(
      (services: Services, scope: PipelineScope, signal: AbortSignal) =>
        services.jobs.logs({ ...scope, clusterId, stepId, file }, signal),
      [clusterId, stepId, file],
    ),
  )
  const { reload } = log
  useEffect(() => {
    const timer = setInterval(reload, AGAIN_MS)
    return () => clearInterval(timer)
  }, [reload])
  useEffect(() => {
    if (!wanted) return
    setFile(wanted.file)
    setText('')
  }, [wanted])
  const lines = useMemo((): NumberedLine[] => {
    const all = (log.value?.text ?? '').split('\n').map((line, place) => ({ number: place + 1, text: line }))
    const sought = text.toLowerCase()
    const found = all.filter(line => line.text.toLowerCase().includes(sought))
    const last = wanted?.file === file ? Math.max(wanted.line + SHOWN_LINES / 2, found.length) : found.length
    return found.slice(Math.max(0, last - SHOWN_LINES), last)
  }, [log.value, text, file, wanted])
  const holder = useRef<HTMLPreElement>(null)
  const marked = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what scrolls
  useEffect(() => {
    const box = holder.current
    if (marked.current) return
    if (box && box.scrollHeight - box.scrollTop - box.clientHeight < 200) box.scrollTop = box.scrollHeight
  }, [lines])
  const hasMarked = wanted?.file === file && lines.some(line => line.number === wanted.line)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each line that is asked for, as soon as it is there
  useEffect(() => {
    if (hasMarked) marked.current?.scrollIntoView({ block: 'center' })
  }, [hasMarked, wanted])
  return (
    <div>
      <div className="page-head">
        <SegmentedControl
          label="Log file"
          selectedId={file}
          options={FILES.map(id => ({ id, text: id }))}
          onChange={({ detail }) => setFile(detail.selectedId as LogFile)}
        />
        <Input
          type="search"
          placeholder="Only lines with"
          ariaLabel="Search the log"
          value={text}
          onChange={({ detail }) => setText(detail.value)}
        />
        <span className="note">
          {log.value?.location}
          {log.value?.at && (
            <>
              , <Ago ms={Date.parse(log.value.at)} />
            </>
          )}
        </span>
      </div>
      {log.state === 'failed' && !log.value ? (
        <Problem error={log.error} retry={log.reload} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
        <pre className="log" ref={holder} tabIndex={0}>
          {lines.length === 0 && (log.value ? 'No such line.' : 'Reading the log.')}
          {hasMarked ? (
            <>
              {textOf(lines.filter(line => line.number < wanted.line))}
              <mark ref={marked}>{textOf(lines.filter(line => line.number === wanted.line))}</mark>
              {textOf(lines.filter(line => line.number > wanted.line))}
            </>
          ) : (
            textOf(lines)
          )}
        </pre>
      )}
    </div>
  )
}

const textOf = (lines: readonly NumberedLine[]): string => lines.map(line => `${line.text}\n`).join('')
