/** How a position is asked for: the place of a time, or a record (`at` it, or `after` it). */
export function iteratorInput(stream: string, shardId: string, position: string, place: 'at' | 'after') {
  const base = { StreamName: stream, ShardId: shardId }
  if (position === 'TRIM_HORIZON') return { ...base, ShardIteratorType: 'TRIM_HORIZON' as const }
  if (position.startsWith('@'))
    return { ...base, ShardIteratorType: 'AT_TIMESTAMP' as const, Timestamp: new Date(Number(position.slice(1))) }
  const type = place === 'at' ? ('AT_SEQUENCE_NUMBER' as const) : ('AFTER_SEQUENCE_NUMBER' as const)
  return { ...base, ShardIteratorType: type, StartingSequenceNumber: position }
}
