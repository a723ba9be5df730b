import { useEffect, useRef, useState } from 'react'
import type { RecordsFrom, RecordsPage, StreamRecord } from '../../../shared/features/stream.ts'
import type { AppError, Result } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'
import { followPages } from './follow-pages.ts'

/** So many stay on the page; older ones leave. */
const KEPT = 500

/** The records of one partition as they were read so far: a page at a time, or following. */
export interface Records {
  records: StreamRecord[]
  /** The page that was read last. */
  page: RecordsPage | undefined
  failure: AppError | undefined
  busy: boolean
  following: boolean
  /** Begins at a position. */
  read: (from: RecordsFrom) => void
  /** Goes on behind the last page. */
  readOn: () => void
  follow: (on: boolean) => void
}

export function useRecords(partitionId: string): Records {
  const services = useConnection(connection => connection.services)
  const scope = useLive(live => live.scope)
  const [records, setRecords] = useState<StreamRecord[]>([])
  const [page, setPage] = useState<RecordsPage>()
  const [failure, setFailure] = useState<AppError>()
  const [following, setFollowing] = useState(false)
  const [busy, setBusy] = useState(false)
  const next = useRef<string>(undefined)
  const reading = useRef(false)
  const shown = useRef(new AbortController())

  // biome-ignore lint/correctness/useExhaustiveDependencies: the pages are those of one partition
  useEffect(() => {
    const abort = new AbortController()
    shown.current = abort
    next.current = undefined
    reading.current = false
    setRecords([])
    setPage(undefined)
    setFailure(undefined)
    setFollowing(false)
    setBusy(false)
    return () => abort.abort()
  }, [partitionId, scope])

  const readPage = async (from: RecordsFrom, fresh: boolean): Promise<Result<RecordsPage> | undefined> => {
    // Two reads from one cursor would give the same records twice.
    if (!services || reading.current) return undefined
    const { signal } = shown.current
    reading.current = true
    setBusy(true)
    const result = await services.stream.records({ ...scope, partitionId, from }, signal)
    if (signal.aborted) return undefined
    reading.current = false
    setBusy(false)
    if (!result.ok) {
      setFailure(result.error)
      return result
    }
    setFailure(undefined)
    setPage(result.value)
    next.current = result.value.next ?? undefined
    setRecords(known => [...(fresh ? [] : known), ...result.value.records].slice(-KEPT))
    return result
  }
  const readOn = useRef<() => Promise<Result<RecordsPage> | undefined>>(async () => undefined)
  readOn.current = async () =>
    next.current === undefined ? undefined : readPage({ kind: 'next', cursor: next.current }, false)
  useEffect(() => {
    if (!following) return
    return followPages(
      () => readOn.current(),
      () => setFollowing(false),
    )
  }, [following])
  return {
    records,
    page,
    failure,
    busy,
    following,
    read: from => void readPage(from, true),
    readOn: () => void readOn.current(),
    follow: setFollowing,
  }
}
