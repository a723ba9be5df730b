import { copyFile, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { SparkRuntime } from '../../../shared/features/runtime.ts'
import { type StepCommand, StepRefused } from '../emr/process-runner.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { freePort } from './free-port.ts'
import { javaCommand } from './java-command.ts'
import { DRIVER_SCRIPT, LAUNCH_SCRIPT } from './launch-script.ts'
import { FILE_LISTS, parseSubmitArguments, s3Place } from './submit-arguments.ts'

/** Asked at the start of each step: Spark may be set up while the sandbox runs. */
export type FindSpark = () => Promise<{ runtime?: SparkRuntime; missing: string }>

export interface SparkSteps {
  /** `spark-submit`, for the steps of `command-runner.jar`. */
  command: StepCommand
  /** The address of a step's Spark UI while it runs, whether it answers yet or not. */
  uiOf(stepId: string): string | undefined
}

/**
 * Two cores, and a task is tried four times, as on a cluster (spark.task.maxFailures; in local mode Spark takes it from
 * the address of the master, and else tries once): a Python worker that is killed does not end the job.
 */
const MASTER = 'local[2,4]'

/**
 * Runs `spark-submit` of this machine's Spark, on `local[2,4]`: the driver is all there is, unless it asks for
 * `local-cluster[...]`. What is named by `s3://` is fetched first, as EMR does it; each step has a folder of its own,
 * which goes when it ends.
 */
export function sparkSteps(options: { dir: string; objects: ObjectStore; findSpark: FindSpark }): SparkSteps {
  const addresses = new Map<string, string>()
  return {
    uiOf: stepId => addresses.get(stepId),
    async command(args, { stepId }) {
      const submit = parsed(args)
      const { runtime, missing } = await options.findSpark()
      if (!runtime) throw new StepRefused(missing)
      const dir = join(options.dir, stepId)
      await rm(dir, { recursive: true, force: true })
      await mkdir(join(dir, 'tmp'), { recursive: true })
      let fetched = 0
      const fetch = async (address: string): Promise<string> => {
        const place = s3Place(address)
        if (!place) return address
        const found = await options.objects.locate(place.bucket, place.key)
        if (!found)
          throw new StepRefused(`${address} is not in the sandbox's S3: put it there first (deploy the artifacts).`)
        // Two may have one name; Python wants a module by its own.
        const folder = join(dir, 'files', String(fetched++))
        await mkdir(folder, { recursive: true })
        const path = join(folder, basename(place.key))
        await copyFile(found.path, path)
        return path
      }
      const chosen: string[] = []
      for (const [name = '', value] of submit.options) {
        if (value === undefined) chosen.push(name)
        else if (FILE_LISTS.has(name)) chosen.push(name, (await Promise.all(value.split(',').map(fetch))).join(','))
        else chosen.push(name, value)
      }
      const driver = join(dir, 'driver-python')
      const port = await freePort()
      const ours = Object.entries({
        'spark.driver.bindAddress': '127.0.0.1',
        'spark.driver.host': '127.0.0.1',
        'spark.pyspark.driver.python': driver,
        'spark.pyspark.python': runtime.python.path,
        // The address says who may see it; no page of another site may stop a job through it.
        'spark.ui.enabled': 'true',
        'spark.ui.killEnabled': 'false',
        'spark.ui.port': String(port),
      }).flatMap(([name, value]) => ['--conf', `${name}=${value}`])
      const file = await fetch(submit.file)
      const launcher = join(dir, 'launch')
      await writeFile(launcher, LAUNCH_SCRIPT, { mode: 0o700 })
      await writeFile(driver, DRIVER_SCRIPT, { mode: 0o700 })
      addresses.set(stepId, `http://127.0.0.1:${port}`)
      return {
        command: launcher,
        // Of an option that is given twice, Spark takes the last.
        args: javaCommand(runtime, join(dir, 'tmp'), [
          ...chosen,
          '--master',
          submit.localCluster ?? MASTER,
          ...ours,
          file,
          ...submit.rest,
        ]),
        directory: join(dir, 'tmp'),
        environment: {
          SPARK_HOME: await homeOfLinks(runtime.spark.path, dir),
          // Executors are started by Spark's launcher, which searches the folders of a build unless it is given the
          // one Scala that Spark 4 has.
          SPARK_SCALA_VERSION: '2.13',
          SPARK_LOCAL_IP: '127.0.0.1',
          SPARK_LOCAL_DIRS: join(dir, 'tmp'),
          PYSPARK_PYTHON: runtime.python.path,
          TMPDIR: join(dir, 'tmp'),
          SLUICE_SPARK_STEP: dir,
          SLUICE_SPARK_PYTHON: runtime.python.path,
        },
        async ended() {
          addresses.delete(stepId)
          await rm(dir, { recursive: true, force: true, maxRetries: 3 })
        },
      }
    },
  }
}

/**
 * A home of Spark for one step. It lacks `work`, which executors make below their home, and `python`: the Python that
 * runs the step has this PySpark among its own packages, compiled, and each of a job's six processes of Python would
 * compile what it imports of `python/lib/pyspark.zip` again, 0.6 s of CPU.
 */
async function homeOfLinks(home: string, dir: string): Promise<string> {
  const links = join(dir, 'spark-home')
  await mkdir(links, { recursive: true })
  for (const name of await readdir(home))
    if (name !== 'work' && name !== 'python') await symlink(join(home, name), join(links, name))
  return links
}

function parsed(args: string[]) {
  try {
    return parseSubmitArguments(args)
  } catch (error) {
    throw new StepRefused((error as Error).message)
  }
}
