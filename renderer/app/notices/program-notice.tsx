import Button from '@cloudscape-design/components/button'
import { useState } from 'react'
import type { ProgramState } from '../../../shared/features/programs.ts'
import type { AppError, Result } from '../../../shared/rpc/contract.ts'
import { Ago, Lasting } from '../../ui/figure.tsx'
import { useNow } from '../../ui/now.ts'

const NAMES: Record<ProgramState['name'], string> = { sandbox: 'The sandbox', core: 'The core' }

/** Its own last words, with a signal as a shell names it. */
const reasonInBrackets = (reason: string | null): string => {
  const signal = /^It was ended by (\w+)\.$/.exec(reason ?? '')?.[1]
  return signal ? ` (${signal})` : ''
}

/** The notice stands from the first trouble on until the program runs; its very first start is none. */
export const hasNotice = ({ state, attempts, reason }: ProgramState): boolean =>
  state !== 'running' && state !== 'ended' && !(state === 'starting' && attempts === 0 && reason === null)

/** Lines of the log that say more than the reason, which is often its last line. */
const saysMore = (log: readonly string[], reason: string | null): boolean =>
  log.some(line => !reason?.includes(line.trim()))

/**
 * What is the matter with a program that the host keeps running, why, and the way to start it now. Nothing while it
 * runs.
 */
export function ProgramNotice({
  program,
  retry,
}: {
  program: ProgramState
  retry: () => Promise<Result<unknown>> | undefined
}) {
  const [refused, setRefused] = useState<AppError>()
  const { name, state, reason, log } = program
  if (!hasNotice(program)) return null
  const askAgain = async () => {
    setRefused(undefined)
    const result = await retry()
    if (result && !result.ok) setRefused(result.error)
  }
  return (
    <section className="notice program" data-state="bad" role="alert" aria-label={NAMES[name]}>
      <div className="program-head">
        <div>
          <strong>
            {NAMES[name]} {sentence(program)}
          </strong>{' '}
          <WhatNext program={program} />
        </div>
        <Button onClick={askAgain} loading={state === 'starting'}>
          {state === 'silent' ? 'End and restart it' : state === 'starting' ? 'Starting ...' : 'Try again'}
        </Button>
      </div>
      {reason !== null && reasonInBrackets(reason) === '' && <p className="program-reason">{reason}</p>}
      {refused && <p className="program-reason">{refused.message}</p>}
      {saysMore(log, reason) && (
        <section className="program-log" aria-label={`The end of the log of ${NAMES[name].toLowerCase()}`}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached without a mouse */}
          <pre className="log" tabIndex={0}>
            {log.join('\n')}
          </pre>
        </section>
      )}
    </section>
  )
}

function sentence({ state, attempts, reason }: ProgramState): string {
  if (state === 'silent') return 'is not responding.'
  const times = attempts > 1 ? ` ${attempts} times in a row` : ''
  const signal = reasonInBrackets(reason)
  return `${signal ? 'died' : 'ended'}${signal}${times}.`
}

function WhatNext({ program }: { program: ProgramState }) {
  const { state, retryAt, reason } = program
  // A kill leaves all that was written; of another end its reason says what is the matter.
  const kept = reasonInBrackets(reason) === '' ? '' : ' Its state is on disk.'
  const sinceMs = Date.parse(program.since)
  const seconds = useNow(now => Math.max(0, Math.ceil((Date.parse(retryAt ?? program.since) - now) / 1_000)))
  if (state === 'failed')
    return (
      <>
        It is not restarted automatically; it last ended <Ago ms={sinceMs} />. The last known values are shown.{kept}
      </>
    )
  if (state === 'silent')
    return (
      <>
        It resumes by itself when it can. The last known values are shown.
        <Lasting sinceMs={sinceMs} />
      </>
    )
  if (state === 'starting') return <>It is being restarted. The last known values are shown.{kept}</>
  return (
    <>
      It is restarted in {seconds} s. The last known values are shown.{kept}
    </>
  )
}
