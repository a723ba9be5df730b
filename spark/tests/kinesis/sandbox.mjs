import { createInterface } from 'node:readline'
import { openKinesis } from '../../../electron/sandbox/kinesis/kinesis.ts'
import { createAdmission } from '../../../electron/sandbox/server/access.ts'
import { listen } from '../../../electron/sandbox/server/listen.ts'
import { createRouter } from '../../../electron/sandbox/server/route.ts'

/*
 * The sandbox's Kinesis as a process whose clock can be set: sandbox.mjs <folder> <port> <limits: on|off> <clock, ms
 * ahead> Prints its port as the first line of standard output. A line on its standard input sets how far its clock is
 * ahead, and is printed back.
 */
const [dir = '', port = '0', limits = 'off', ahead = '0'] = process.argv.slice(2)
let aheadMs = Number(ahead)
/** What the sandbox does every so often, such as removing what expired: due when its clock is set. */
const everySoOften = []
const setRealInterval = globalThis.setInterval
globalThis.setInterval = (run, ...rest) => {
  everySoOften.push(run)
  return setRealInterval(run, ...rest)
}
const onCrash = error => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}
const { service } = await openKinesis({
  dir,
  account: '000000000000',
  region: 'us-east-1',
  now: () => Date.now() + aheadMs,
  limits: limits === 'on',
  stateDelayMs: 10,
  log: line => process.stderr.write(`${line}\n`),
})
/** The key that the tests sign with. Clients sign by the real clock, whatever this one's is. */
const key = { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY }
const admit = createAdmission({ key, anyKey: false, checkSignatures: true, now: Date.now })
const listener = await listen({
  port: Number(port),
  handle: createRouter({ services: [service], admit, onCrash }),
  onCrash,
})
process.stdout.write(`${listener.port}\n`)
createInterface(process.stdin)
  .on('line', line => {
    aheadMs = Number(line)
    for (const run of everySoOften) run()
    process.stdout.write(`${line}\n`)
  })
  // Whoever started it is gone.
  .on('close', () => process.exit(0))
