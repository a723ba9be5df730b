import type { Ledger } from '../../../shared/features/ledger.ts'
import type { StreamDescription } from '../../../shared/features/stream.ts'
import { useLive } from '../../live/live.ts'
import type { Known } from '../../live/parts.ts'
import { Ago } from '../../ui/figure.tsx'
import { count } from '../../ui/format.ts'
import { LedgerTable } from './ledger-table.tsx'

/** The account of every record, as of the newest committed batch. */
export function LedgerCard() {
  const { ledger, stream } = useLive()
  return (
    <section className="card">
      <div className="card-head">
        <h2>Ledger</h2>
        {ledger.value && (
          <span className="note">
            {ledger.value.upTo ? `up to batch ${count(ledger.value.upTo.batchId)}, ` : 'no batch committed yet, '}
            <Ago ms={Date.parse(ledger.value.upTo?.committedAt ?? ledger.value.at)} />
          </span>
        )}
      </div>
      {ledger.value ? <LedgerTable ledger={ledger.value} /> : <p className="note">{whyNone(ledger, stream)}</p>}
    </section>
  )
}

function whyNone({ error }: Known<Ledger>, stream: Known<StreamDescription>): string {
  if (stream.error?.code === 'not_found' || /(schema|relation) ".*" does not exist/.test(error?.message ?? ''))
    return 'Available once the stream and the tables exist.'
  if (!error) return 'Loading the counters.'
  return error.code === 'auth_expired' ? 'Log in to read it.' : [error.message, error.hint].filter(Boolean).join(' ')
}
