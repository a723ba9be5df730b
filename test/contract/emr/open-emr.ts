import { join } from 'node:path'
import { openEmr } from '../../../electron/sandbox/emr/emr.ts'
import { processRunner } from '../../../electron/sandbox/emr/process-runner.ts'
import { folderObjects } from './folder-objects.ts'

/** EMR on real processes, with its logs in the folder `s3`: a step `node ...` runs Node. States take a few milliseconds. */
export async function openEmrOn(dir: string, log: (line: string) => void) {
  return openEmr({
    dir: join(dir, 'emr'),
    objects: folderObjects(join(dir, 's3')),
    delaysMs: { starting: 20, bootstrapping: 20, terminating: 20, stepPending: 10 },
    runStep: processRunner({
      commands: { node: args => ({ command: process.execPath, args }), ghost: () => ({ command: '/no/such/program', args: [] }) },
      environment: { GREETING: 'hello' },
    }),
    logUploadMs: 100,
    shutdownGraceMs: 300,
    account: '000000000000',
    region: 'us-east-1',
    now: Date.now,
    log,
  })
}
