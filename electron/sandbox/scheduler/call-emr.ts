import { Readable } from 'node:stream'
import type { SandboxService } from '../server/exchange.ts'
import type { Invoke } from './firing.ts'

/** Calls EMR as a request over the wire would: its operations see no difference, and refuse alike. */
export const callEmr =
  (emr: SandboxService): Invoke =>
  async (operation, input) => {
    const text = JSON.stringify(input)
    const reply = await emr.handle({
      id: `scheduler-${operation}`,
      method: 'POST',
      path: '/',
      query: '',
      headers: { 'x-amz-target': `ElasticMapReduce.${operation}`, 'content-type': 'application/x-amz-json-1.1' },
      rawHeaders: [],
      body: Readable.from([text]),
      received: Buffer.from(text),
      signal: new AbortController().signal,
    })
    if (reply.status === 200) return
    throw new Error(`${operation} is answered ${reply.status}: ${String(reply.body)}`)
  }
