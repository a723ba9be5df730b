import Input from '@cloudscape-design/components/input'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { PipelineScope } from '../../../shared/features/scope.ts'
import type { Services } from '../../../shared/features/services.ts'
import { useCall } from '../../app/use-call.ts'
import { Ago } from '../../ui/figure.tsx'
import { Problem } from '../../ui/problem.tsx'

const FILES = ['stdout', 'stderr', 'controller'] as const
type LogFile = (typeof FILES)[number]
/** EMR copies logs to S3; asking more often than the sandbox does brings nothing new. */
const AGAIN_MS = 3_000
const SHOWN_LINES = 2_000

/** The tail of a step's log, followed while it is open, with a search. */
export function StepLog({ clusterId, stepId }: { clusterId: string; stepId: string }) {
  const [file, setFile] = useState<LogFile>('stdout')
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
  const lines = useMemo(() => {
    const all = (log.value?.text ?? '').split('\n')
    const wanted = text.toLowerCase()
    return all.filter(line => line.toLowerCase().includes(wanted)).slice(-SHOWN_LINES)
  }, [log.value, text])
  const holder = useRef<HTMLPreElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what scrolls
  useEffect(() => {
    const box = holder.current
    if (box && box.scrollHeight - box.scrollTop - box.clientHeight < 200) box.scrollTop = box.scrollHeight
  }, [lines])
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
          {lines.join('\n') || (log.value ? 'No such line.' : 'Reading the log.')}
        </pre>
      )}
    </div>
  )
}
