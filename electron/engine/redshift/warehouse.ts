import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import {
  BatchExecuteStatementCommand,
  DescribeStatementCommand,
  type DescribeStatementCommandOutput,
  GetStatementResultCommand,
  RedshiftDataClient,
} from '@aws-sdk/client-redshift-data'
import type { JobArguments } from '../../../shared/job/arguments.ts'
import { patiently } from '../patience.ts'
import type { BatchSink, OpenSink } from '../sink.ts'

/**
 * A transaction that lost against another is tried again this often; so is one whose COPY failed, for S3 may have been
 * away.
 */
const MAX_ATTEMPTS = 8
const FIRST_POLL_MS = 4
const LONGEST_POLL_MS = 250

export const openRedshift: OpenSink = ({ args, clients, runId, log }) =>
  createWarehouseSink(new RedshiftDataClient(clients), args, runId, log)

export function createWarehouseSink(
  client: RedshiftDataClient,
  target: JobArguments,
  runId: string,
  log: (line: string) => void,
): BatchSink {
  const place = {
    Database: target.database,
    ...(target.clusterIdentifier && { ClusterIdentifier: target.clusterIdentifier, DbUser: target.dbUser }),
    ...(target.workgroupName && { WorkgroupName: target.workgroupName }),
  }

  async function ended(id: string): Promise<DescribeStatementCommandOutput> {
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(LONGEST_POLL_MS, pollMs * 1.5)) {
      const described = await patiently(() => client.send(new DescribeStatementCommand({ Id: id })))
      if (described.Status === 'FINISHED' || described.Status === 'FAILED' || described.Status === 'ABORTED')
        return described
      await delay(pollMs)
    }
  }

  return {
    async commit(name, sqls) {
      for (let attempt = 0; ; attempt++) {
        // The token makes a submit that is repeated the same statement. The first of a run is also that of the run
        // before, which may still run it; the others are its own, or it would be given the failures of that run again.
        const token = createHash('sha256')
          .update(`${name}/${attempt === 0 ? 'first' : `${runId}/${attempt}`}/${sqls.join(';')}`)
          .digest('hex')
        const { Id = '' } = await patiently(() =>
          client.send(
            new BatchExecuteStatementCommand({ ...place, Sqls: sqls, ClientToken: token, StatementName: name }),
          ),
        )
        const described = await ended(Id)
        if (described.Status === 'FINISHED') return readNumbers(client, `${Id}:${sqls.length}`)
        log(`WARN ${name}, attempt ${attempt + 1}: ${described.Error}`)
        if (attempt + 1 >= MAX_ATTEMPTS) throw new Error(`${name} failed ${MAX_ATTEMPTS} times: ${described.Error}`)
        await delay(Math.min(5_000, 100 * 2 ** attempt))
      }
    },
  }
}

async function readNumbers(client: RedshiftDataClient, id: string): Promise<number[]> {
  const { Records } = await patiently(() => client.send(new GetStatementResultCommand({ Id: id })))
  return (Records?.[0] ?? []).map(field => field.longValue ?? Number(field.stringValue))
}
