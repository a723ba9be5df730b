import { z } from 'zod'
import { type JsonOperation, operation } from '../../server/json-protocol.ts'
import { arnOf, type KinesisState } from '../state.ts'

export const listStreams: JsonOperation<KinesisState> = operation({
  name: 'ListStreams',
  input: z.object({
    Limit: z.int().min(1).max(10_000).default(100),
    ExclusiveStartStreamName: z.string().optional(),
    NextToken: z.string().optional(),
  }),
  run(state: KinesisState, { Limit, ExclusiveStartStreamName, NextToken }) {
    const after = NextToken === undefined ? ExclusiveStartStreamName : Buffer.from(NextToken, 'base64').toString('utf8')
    const names = [...state.streams.keys()].sort().filter(name => after === undefined || name > after)
    const page = names.slice(0, Limit)
    const more = names.length > page.length
    return {
      StreamNames: page,
      HasMoreStreams: more,
      ...(more && { NextToken: Buffer.from(page.at(-1) ?? '').toString('base64') }),
      StreamSummaries: page.flatMap(name => {
        const stream = state.streams.get(name)
        return stream
          ? [
              {
                StreamName: name,
                StreamARN: arnOf(state, name),
                StreamStatus: stream.status,
                StreamModeDetails: { StreamMode: stream.mode },
                StreamCreationTimestamp: new Date(stream.createdMs),
              },
            ]
          : []
      }),
    }
  },
})
