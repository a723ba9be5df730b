import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import type { Execution } from '../execute.ts'
import type { Sessions } from '../sessions.ts'
import type { StatementLog } from '../statement-log.ts'
import type { Warehouse } from '../warehouse.ts'

/** What all operations work on. */
export interface DataApiState {
  warehouse: Warehouse
  log: StatementLog
  sessions: Sessions
  running: Map<string, Execution>
  names: { clusterIdentifier: string; workgroupName: string; database: string; dbUser: string }
  now: () => number
  newId: () => string
}

/** How a request names its warehouse. */
export const place = {
  ClusterIdentifier: z.string().min(1).max(63).optional(),
  WorkgroupName: z.string().min(3).max(128).optional(),
  Database: z.string().optional(),
  DbUser: z.string().optional(),
  SecretArn: z.string().optional(),
}
export type Place = { [K in keyof typeof place]?: string | undefined }

/** @throws AwsError `ValidationException` unless it is the sandbox's warehouse, named one way */
export function checkPlace({ names }: DataApiState, asked: Place): string {
  const { ClusterIdentifier, WorkgroupName, Database } = asked
  if (ClusterIdentifier === undefined && WorkgroupName === undefined) {
    throw new AwsError('ValidationException', 'ClusterIdentifier or WorkgroupName must be specified')
  }
  if (ClusterIdentifier !== undefined && WorkgroupName !== undefined) {
    throw new AwsError('ValidationException', 'ClusterIdentifier and WorkgroupName cannot be specified together')
  }
  const known =
    ClusterIdentifier === undefined
      ? WorkgroupName === names.workgroupName
      : ClusterIdentifier === names.clusterIdentifier
  if (!known) throw new AwsError('ValidationException', "Redshift endpoint doesn't exist in this region.")
  if (Database !== undefined && Database !== names.database)
    throw new AwsError('ValidationException', `FATAL: database "${Database}" does not exist`)
  return names.database
}
