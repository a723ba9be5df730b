import type { JobsView } from '../../../shared/features/jobs.ts'
import type { Lag } from '../../../shared/features/lag.ts'
import type { StreamDescription } from '../../../shared/features/stream.ts'
import type { Known } from '../../live/parts.ts'
import type { PageId } from '../../route/route.ts'
import { count, duration } from '../../ui/format.ts'

/** One glance: the state, in a word and a sentence, and the page on which something can be done about it. */
export interface Health {
  state: 'good' | 'warning' | 'bad' | 'unknown'
  word: string
  sentence: string
  next?: { page: PageId; title: string }
}

/** Behind by more than this is a warning: three triggers of a second, a commit, and a little. */
export const BEHIND_MS = 5_000
const FAR_BEHIND_MS = 60_000

export function healthOf(parts: { stream: Known<StreamDescription>; lag: Known<Lag>; jobs: Known<JobsView> }): Health {
  const { stream, lag, jobs } = parts
  if (stream.error?.code === 'not_found') {
    return {
      state: 'unknown',
      word: 'Not provisioned',
      sentence: 'The stream does not exist. Provision the pipeline, then start the simulator.',
      next: { page: 'provision', title: 'Provision the pipeline' },
    }
  }
  if (stream.error && !stream.value) {
    const { code, reason, message, hint } = stream.error
    if (code !== 'auth_expired') return { state: 'bad', word: 'Cannot be read', sentence: message }
    const word = reason === 'logged_out' ? 'Not logged in' : 'No valid credentials'
    return { state: 'bad', word, sentence: [message, hint].filter(Boolean).join(' ') }
  }
  if (!stream.value || !jobs.value)
    return { state: 'unknown', word: 'Loading', sentence: 'Reading the state of the stream and the cluster.' }
  const step = jobs.value.clusters.flatMap(cluster => cluster.steps).find(entry => entry.state === 'RUNNING')
  const total = lag.value?.total
  const waiting = total?.behindRecords ?? 0
  if (!step) {
    return {
      state: waiting > 0 ? 'bad' : 'unknown',
      word: waiting > 0 ? 'The job is not running' : 'No job is running',
      sentence:
        waiting > 0 ? `${count(waiting)} records behind.${soon(lag.value)}` : 'No records behind the committed offset.',
      next: { page: 'job', title: 'Start the job' },
    }
  }
  if (lag.value && total?.lostRecords) {
    return {
      state: 'bad',
      word: 'Records expired unread',
      sentence:
        `About ${count(total.lostRecords)} records expired before they were read (retention ` +
        `${lag.value.retentionHours} h).`,
      next: { page: 'stream', title: 'View the stream' },
    }
  }
  const behindMs = total?.behindMs ?? 0
  if (waiting > 0 && behindMs > BEHIND_MS) {
    const catchUp = lag.value?.catchUpSeconds
    return {
      state: behindMs > FAR_BEHIND_MS ? 'bad' : 'warning',
      word: `${duration(behindMs)} behind`,
      sentence: `${count(waiting)} records behind; ${
        catchUp == null ? 'at this rate the job does not catch up' : `caught up in about ${duration(catchUp * 1000)}`
      }.${catchUp == null ? why(lag.value) : ''}${soon(lag.value)}`,
      next: { page: 'stream', title: 'View the stream' },
    }
  }
  return {
    state: 'good',
    word: 'Healthy',
    sentence:
      waiting === 0
        ? 'Every record of the stream is committed.'
        : `${count(total?.atCommitRecords ?? waiting)} records of lag at the last commit.`,
  }
}

/** What the limit is; the Stream page says why, what would help, and with which figures. */
const why = (lag: Lag | undefined): string =>
  !lag || lag.advice.limit === 'none' || lag.advice.limit === 'unknown'
    ? ''
    : ` ${lag.advice.sentence.split(/[:.]/)[0]}.`

/** Retention, when less than a quarter of it is left. */
function soon(lag: Lag | undefined): string {
  const leftMs = lag?.total.retentionLeftMs ?? null
  return !lag || leftMs === null || leftMs > (lag.retentionHours * 3_600_000) / 4
    ? ''
    : ` The oldest expires in ${duration(leftMs)}.`
}
