import { useEffect, useRef, useState } from 'react'
import type { RecordsFrom, RecordsPage, StreamRecord } from '../../../shared/features/stream.ts'
import type { AppError } from '../../../shared/rpc/contract.ts'
import { useConnection } from '../../connection/connection.ts'
import { useLive } from '../../live/live.ts'

/** So many stay on the page; older ones leave. */
const KEPT = 500
/** Between two reads when following: the budget that core keeps is one a second. */
const FOLLOW_MS = 1_100

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

  const readPage = async (from: RecordsFrom, fresh: boolean) => {
    // Two reads from one cursor would give the same records twice.
    if (!services || reading.current) return
    reading.current = true
    setBusy(true)
    const result = await services.stream.records({ ...scope, partitionId, from })
    reading.current = false
    setBusy(false)
    if (!result.ok) {
      setFailure(result.error)
      setFollowing(false)
      return
    }
    setFailure(undefined)
    setPage(result.value)
    next.current = result.value.next ?? undefined
    setRecords(known => [...(fresh ? [] : known), ...result.value.records].slice(-KEPT))
    if (!result.value.next) setFollowing(false)
  }
  const readOn = useRef<() => void>(() => undefined)
  readOn.current = () => next.current && void readPage({ kind: 'next', cursor: next.current }, false)
  useEffect(() => {
    if (!following) return
    const timer = setInterval(() => readOn.current(), FOLLOW_MS)
    return () => clearInterval(timer)
  }, [following])
  return {
    records,
    page,
    failure,
    busy,
    following,
    read: from => void readPage(from, true),
    readOn: () => readOn.current(),
    follow: setFollowing,
  }
}
