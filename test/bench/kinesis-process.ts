import { openKinesis } from '../../electron/sandbox/kinesis/kinesis.ts'
import { createAdmission } from '../../electron/sandbox/server/access.ts'
import { listen } from '../../electron/sandbox/server/listen.ts'
import { createRouter } from '../../electron/sandbox/server/route.ts'
import { BENCH_KEY } from './bench-key.ts'

/*
 * Only the sandbox's Kinesis, in a process of its own: kinesis-process.ts <folder> <limits: on|off> <signatures:
 * checked|unchecked> Prints its port as the first line of stdout and serves until it is killed.
 */
const [dir = '', limits = 'off', checks = 'unchecked'] = process.argv.slice(2)
const onCrash = (error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}
const { service } = await openKinesis({
  dir,
  account: '000000000000',
  region: 'us-east-1',
  now: Date.now,
  limits: limits === 'on',
  stateDelayMs: 10,
  log: line => process.stderr.write(`${line}\n`),
})
const admit = createAdmission({
  key: BENCH_KEY,
  anyKey: false,
  checkSignatures: checks === 'checked',
  now: Date.now,
})
const { port } = await listen({ port: 0, handle: createRouter({ services: [service], admit, onCrash }), onCrash })
process.stdout.write(`${port}\n`)
