import { z } from 'zod'
import { AwsError } from '../../server/aws-error.ts'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import type { Session } from '../sessions.ts'
import type { Warehouse } from '../warehouse.ts'
import type { DataApiState } from './place.ts'
import { noResource } from './statement-id.ts'

const Input = z.object({
  MaxResults: z.int().min(0).max(100).default(100),
  NextToken: z.string().optional(),
  SessionId: z.string().optional(),
  Status: z.enum(['AVAILABLE', 'BUSY', 'CLOSED']).optional(),
  RoleLevel: z.boolean().optional(),
  ClusterIdentifier: z.string().optional(),
  WorkgroupName: z.string().optional(),
  Database: z.string().optional(),
})

export const listSessions: JsonOperation<DataApiState> = operation({
  name: 'ListSessions',
  input: Input,
  run(state: DataApiState, input) {
    const { SessionId, Status, ClusterIdentifier, WorkgroupName, Database } = input
    const filters = [Status, ClusterIdentifier, WorkgroupName, Database].filter(value => value !== undefined)
    if (SessionId !== undefined && filters.length > 0)
      throw new AwsError(
        'ValidationException',
        'SessionId cannot be specified together with Status, ClusterIdentifier, WorkgroupName or Database',
      )
    if (ClusterIdentifier !== undefined && WorkgroupName !== undefined)
      throw new AwsError('ValidationException', 'ClusterIdentifier and WorkgroupName cannot be specified together')
    const all = state.sessions.list()
    if (SessionId !== undefined) {
      const found = all.find(session => session.id === SessionId)
      if (!found) throw noResource('Session does not exist.', SessionId)
      return { Sessions: [sessionShape(found, state.warehouse)] }
    }
    const fits = all.filter(
      session =>
        // Without a status those that are open are listed (API reference, ListSessions).
        (Status === undefined ? session.status !== 'CLOSED' : session.status === Status) &&
        (ClusterIdentifier ?? session.clusterIdentifier) === session.clusterIdentifier &&
        (WorkgroupName ?? session.workgroupName) === session.workgroupName &&
        (Database ?? session.database) === session.database,
    )
    const from = input.NextToken === undefined ? 0 : fits.findIndex(session => session.id === input.NextToken) + 1
    const page = fits.slice(from, from + (input.MaxResults || 100))
    return {
      Sessions: page.map(session => sessionShape(session, state.warehouse)),
      ...(from + page.length < fits.length && { NextToken: page.at(-1)?.id }),
    }
  },
})

const sessionShape = (session: Session, { now, monotonic }: Warehouse) => ({
  SessionId: session.id,
  Status: session.status,
  CreatedAt: new Date(session.createdMs),
  UpdatedAt: new Date(session.updatedMs),
  Database: session.database,
  DbUser: session.dbUser,
  ClusterIdentifier: session.clusterIdentifier,
  WorkgroupName: session.workgroupName,
  SessionAliveSeconds: session.keepAliveSeconds,
  ...(session.expiresAt !== undefined && { SessionTtl: new Date(now() + session.expiresAt - monotonic()) }),
  ...(session.runs !== undefined && { CurrentStatementId: session.runs }),
})
