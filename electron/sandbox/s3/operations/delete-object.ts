import { deleteKey } from '../delete-key.ts'
import { emptyReply, type S3Operation } from '../exchange.ts'
import { checkStillThere } from '../preconditions.ts'

export const deleteObject: S3Operation = ({ bucket, headers, key, query, state }) => {
  const from = bucket()
  checkStillThere(headers, key, from.current(key))
  const done = deleteKey(from, key, query.get('versionId') ?? undefined, state.options.now())
  if (done.kind === 'object') return emptyReply(204)
  const isMarker = done.kind === 'marker' || done.wasMarker
  return emptyReply(204, { 'x-amz-version-id': done.versionId, ...(isMarker && { 'x-amz-delete-marker': 'true' }) })
}
