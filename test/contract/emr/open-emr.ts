import { join } from 'node:path'
import { findSpark } from '../../../electron/hosts/spark/find-spark.ts'
import { openEmr } from '../../../electron/sandbox/emr/emr.ts'
import { processRunner } from '../../../electron/sandbox/emr/process-runner.ts'
import { sparkSteps } from '../../../electron/sandbox/spark/spark-submit.ts'
import { SPARK_PLACE } from '../../fixture/spark.ts'
import { folderObjects } from './folder-objects.ts'

/**
 * EMR on real processes, with its logs in the folder `s3`: a step `node ...` runs Node, `spark-submit ...` the Spark of
 * the tests. States take a few milliseconds, where none is said.
 */
export async function openEmrOn(dir: string, log: (line: string) => void, startingMs = 20) {
  const objects = folderObjects(join(dir, 's3'))
  const spark = sparkSteps({ dir: join(dir, 'emr', 'spark'), objects, findSpark: () => findSpark(SPARK_PLACE) })
  const bare = sparkSteps({
    dir: join(dir, 'emr', 'bare'),
    objects,
    findSpark: async () => ({ missing: 'There is no PySpark 4.0 to 4.3 on this machine. Choose "Set up Spark".' }),
  })
  return openEmr({
    dir: join(dir, 'emr'),
    objects,
    delaysMs: { starting: startingMs, bootstrapping: 20, terminating: 20, stepPending: 10 },
    runStep: processRunner({
      commands: {
        node: args => ({ command: process.execPath, args }),
        ghost: () => ({ command: '/no/such/program', args: [] }),
        'spark-submit': spark.command,
        'spark-submit-without-spark': bare.command,
      },
      environment: { GREETING: 'hello', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
    }),
    uiOf: spark.uiOf,
    logUploadMs: 100,
    shutdownGraceMs: 300,
    account: '000000000000',
    region: 'us-east-1',
    now: Date.now,
    log,
  })
}
