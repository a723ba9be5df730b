import { serveServices } from '../fixture/serve-services.ts'
import { openEmrOn } from './open-emr.ts'

/** EMR as a process of its own, for a test to kill: prints its endpoint. */
const dir = process.argv[2]
if (!dir) throw new Error('Give the folder of its state.')
const emr = await openEmrOn(dir, line => void process.stderr.write(`${line}\n`))
const { endpoint } = await serveServices([emr])
process.stdout.write(`${endpoint}\n`)
