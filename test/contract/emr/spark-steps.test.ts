import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CancelStepsCommand, GetOnClusterAppUIPresignedURLCommand, type StepConfig } from '@aws-sdk/client-emr'
import { describe, expect, it, vi } from 'vitest'
import { addSteps, close, connect, dir, emr, logOf, open, runCluster, serveEmr, step } from './emr-under-test.ts'

serveEmr()

/** Spark takes seconds to start, and more on a busy machine. */
const SPARK = { timeout: 300_000, interval: 100 }
const TEST_MS = 600_000

/** A PySpark application in the S3 of the test, and the step that runs it, as a user of EMR writes it. */
async function application(code: string, ...args: string[]): Promise<StepConfig> {
  const bucket = join(dir, 's3', 'scripts')
  await mkdir(join(bucket, 'lib'), { recursive: true })
  await writeFile(join(bucket, 'lib', 'greeting.py'), 'WORD = "hello from a module"\n')
  await writeFile(join(bucket, 'app.py'), code)
  const submit = [
    '--deploy-mode',
    'client',
    '--master=yarn',
    '--conf',
    'spark.app.name=tiny',
    '--py-files',
    's3://scripts/lib/greeting.py',
  ]
  return {
    Name: 'spark',
    ActionOnFailure: 'CONTINUE',
    HadoopJarStep: { Jar: 'command-runner.jar', Args: ['spark-submit', ...submit, 's3://scripts/app.py', ...args] },
  }
}

const BEGIN = `
import os, sys, signal, time, greeting
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
where = spark.sparkContext.parallelize(range(4), 2).map(lambda n: os.environ["AWS_ENDPOINT_URL"]).collect()[0]
context = spark.sparkContext
print(greeting.WORD, sys.argv[1:], spark.version, context.master, spark.conf.get("spark.app.name"), where, flush=True)
`
const WAIT = `${BEGIN}
print("waiting", flush=True)
while True:
    time.sleep(0.1)
`

const is = (clusterId: string, stepId: string, state: string) =>
  vi.waitFor(async () => {
    const found = await step(clusterId, stepId)
    expect(found?.Status?.State).toBe(state)
    return found
  }, SPARK)
const says = (clusterId: string, stepId: string, text: string) =>
  vi.waitFor(async () => expect(await logOf(clusterId, stepId, 'stdout')).toContain(text), SPARK)

/** The processes of a step, its JVM and its Pythons, by the mark that they carry. */
const processesOf = (stepId: string): string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const marked = readFileSync(`/proc/${pid}/environ`, 'latin1').includes(stepId)
        return marked ? [readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')] : []
      } catch {
        return []
      }
    })
const areGone = (stepId: string) => vi.waitFor(() => expect(processesOf(stepId)).toEqual([]), SPARK)

const cancel = (ClusterId: string, stepId: string, how: 'SEND_INTERRUPT' | 'TERMINATE_PROCESS') =>
  emr.send(new CancelStepsCommand({ ClusterId, StepIds: [stepId], StepCancellationOption: how }))

describe('a step of spark-submit', () => {
  it(
    'runs the application from S3 with its modules on local Spark, and its workers see the sandbox',
    async () => {
      const id = await runCluster()
      const [stepId = ''] = await addSteps(id, await application(BEGIN, '--orders', '5'))
      await is(id, stepId, 'COMPLETED')
      expect(await logOf(id, stepId, 'stdout')).toBe(
        "hello from a module ['--orders', '5'] 4.0.2 local[2,4] tiny http://127.0.0.1:1\n",
      )
      await areGone(stepId)
      expect(existsSync(join(dir, 'emr', 'spark', stepId))).toBe(false)
    },
    TEST_MS,
  )

  it(
    'that throws is FAILED with its exit code, the exception as its reason, and the stack trace in stderr',
    async () => {
      const id = await runCluster()
      const [stepId = ''] = await addSteps(id, await application(`${BEGIN}\nraise LookupError("no such shard")\n`))
      const failed = await is(id, stepId, 'FAILED')
      expect(failed?.Status?.FailureDetails).toMatchObject({
        Reason: 'LookupError',
        Message: 'LookupError: no such shard',
      })
      const stderr = await logOf(id, stepId, 'stderr')
      expect(stderr).toContain('Traceback (most recent call last)')
      expect(stderr).toMatch(/files\/\d\/app\.py", line \d+/)
      const [other = ''] = await addSteps(id, await application('import sys\nsys.exit(4)\n'))
      await is(id, other, 'FAILED')
      expect(await logOf(id, other, 'controller')).toContain('ended with exit code 4')
    },
    TEST_MS,
  )

  it(
    'is asked to end through its driver, which ends by itself; its UI is found while it runs',
    async () => {
      const id = await runCluster()
      const ask = () =>
        emr.send(new GetOnClusterAppUIPresignedURLCommand({ ClusterId: id, OnClusterAppUIType: 'ApplicationMaster' }))
      expect(await ask()).toMatchObject({ PresignedURLReady: false })
      const polite = `${BEGIN}
def end(*_):
    print("the last batch:", spark.range(10).count(), flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("waiting", flush=True)
while True:
    time.sleep(0.1)
`
      const [stepId = ''] = await addSteps(id, await application(polite))
      await says(id, stepId, 'waiting')
      const { PresignedURL = '' } = await vi.waitFor(async () => {
        const answer = await ask()
        expect(answer.PresignedURLReady).toBe(true)
        return answer
      }, SPARK)
      expect(new URL(PresignedURL).hostname).toBe('127.0.0.1')
      const reply = await fetch(new URL('/api/v1/applications', PresignedURL))
      expect(await reply.json()).toMatchObject([{ name: 'tiny' }])
      await cancel(id, stepId, 'SEND_INTERRUPT')
      await is(id, stepId, 'CANCELLED')
      expect(await logOf(id, stepId, 'stdout')).toContain('the last batch: 10')
      expect(await logOf(id, stepId, 'controller')).toContain('ended with exit code 0')
      await areGone(stepId)
      expect(await ask()).toMatchObject({ PresignedURLReady: false })
    },
    TEST_MS,
  )

  it(
    'that does not listen is killed with its JVM and its workers',
    async () => {
      const id = await runCluster()
      const deaf = `import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n${WAIT}`
      const [stepId = ''] = await addSteps(id, await application(deaf))
      await says(id, stepId, 'waiting')
      expect(processesOf(stepId).filter(command => command.includes('SparkSubmit')).length).toBeGreaterThan(0)
      expect(processesOf(stepId).filter(command => command.includes('pyspark.daemon')).length).toBeGreaterThan(0)
      await cancel(id, stepId, 'SEND_INTERRUPT')
      await cancel(id, stepId, 'TERMINATE_PROCESS')
      await is(id, stepId, 'CANCELLED')
      await areGone(stepId)
    },
    TEST_MS,
  )

  it(
    'dies with a sandbox that is killed',
    async () => {
      await close()
      const program = fileURLToPath(new URL('emr-process.ts', import.meta.url))
      const sandbox = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
      const [endpoint] = await once(sandbox.stdout, 'data')
      connect(String(endpoint).trim())
      const id = await runCluster()
      const [stepId = ''] = await addSteps(id, await application(WAIT))
      await says(id, stepId, 'waiting')
      sandbox.kill('SIGKILL')
      await areGone(stepId)
      await open()
      await cancel(id, stepId, 'TERMINATE_PROCESS')
      await is(id, stepId, 'CANCELLED')
      await areGone(stepId)
    },
    TEST_MS,
  )

  it.each([
    [
      'a script that is not there',
      ['spark-submit', 's3://scripts/none.py'],
      's3://scripts/none.py is not in the sandbox',
    ],
    ['no application', ['spark-submit', '--conf', 'a=b'], 'there is no application'],
    ['a JVM application', ['spark-submit', '--class', 'Main', 's3://scripts/app.jar'], 'Python applications only'],
    ['no Spark on the machine', ['spark-submit-without-spark', 's3://scripts/app.py'], 'Choose "Set up Spark"'],
  ])('with %s is refused and says so', async (_, Args, message) => {
    const id = await runCluster()
    await application(BEGIN)
    const [stepId = ''] = await addSteps(id, {
      Name: 'x',
      ActionOnFailure: 'CONTINUE',
      HadoopJarStep: { Jar: 'command-runner.jar', Args },
    })
    const failed = await is(id, stepId, 'FAILED')
    expect(failed?.Status?.FailureDetails?.Message).toContain(message)
  })
})
