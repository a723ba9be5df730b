import { createHash } from 'node:crypto'
import { WHEEL_LOCK, type Wheel, type WheelLock } from '../../../shared/job/wheel-lock.ts'
import type { Pipeline } from '../../../shared/pipelines/pipeline.ts'
import { contentKey } from '../deployed/versions.ts'
import { BOOTSTRAP_SCRIPT } from './bootstrap-script.ts'

/**
 * The Python that Sluice's bootstrap action makes an environment of, by the release. emr-spark-8.0.0 has 3.11, 3.12 and
 * 3.13 (EMR Release Guide, "Amazon runtime for Apache Spark (emr-spark-8.0.0)"). Releases 7 carry Spark 3.5 (the same
 * guide, "Spark release history"), on which the job does not run.
 */
const PYTHON_OF_RELEASE: readonly (readonly [release: RegExp, python: string])[] = [[/^emr-spark-8\./, '3.11']]

export type Architecture = 'x86_64' | 'aarch64'

/**
 * The processors of an instance type: a `g` behind its generation says Graviton (EC2 User Guide, "Amazon EC2 instance
 * type naming conventions"), and so does the family a1.
 */
export const architectureOf = (instanceType: string): Architecture =>
  /^(?:a1|[a-z]+\d+g[a-z]*)\./.test(instanceType) ? 'aarch64' : 'x86_64'

/** The packages of a job on one Python and one architecture, and where they are in the bucket. */
export interface Wheelhouse {
  /** Of all that a cluster's environment is made of: other wheels have another one. */
  id: string
  python: string
  architecture: Architecture
  wheels: readonly (Wheel & { key: string })[]
  sizeBytes: number
  /** The list that the bootstrap action installs, with a hash each. */
  list: { key: string; text: string }
  script: { key: string; text: string }
  /** Written last: all of it is there. */
  markerKey: string
}

/**
 * The wheelhouse of a pipeline's cluster, or a sentence that says why there is none.
 * @param lock what scripts/lock-wheels.ts wrote
 */
export function wheelhouseOf(spec: Pipeline, lock: WheelLock = WHEEL_LOCK): Wheelhouse | { none: string } {
  const { release, primary, core } = spec.cluster
  const python = PYTHON_OF_RELEASE.find(([known]) => known.test(release))?.[1]
  if (python === undefined)
    return { none: `The job runs on Spark 4.0 to 4.3, and ${release} is no release that is known to carry one.` }
  const architecture = architectureOf(core.instanceType)
  if (architectureOf(primary.instanceType) !== architecture)
    return { none: `${primary.instanceType} and ${core.instanceType} have processors of two kinds.` }
  return wheelhouseFor({ python, architecture, prefix: spec.buckets.artifacts.prefixes.script }, lock)
}

export function wheelhouseFor(
  { python, architecture, prefix }: { python: string; architecture: Architecture; prefix: string },
  lock: WheelLock = WHEEL_LOCK,
): Wheelhouse {
  const folder = `${prefix}wheelhouse/`
  const wheels = lock.wheels
    .filter(({ suits }) => suits.includes(`${python} ${architecture}`))
    .map(wheel => ({ ...wheel, key: contentKey(folder, wheel.sha256, wheel.file) }))
  const text = wheels
    .map(({ name, version, sha256, file, key }) => `${name}==${version} --hash=sha256:${sha256} # ${key} ${file}\n`)
    .join('')
  // Of what is installed: where it is read from, and by what script, makes no other environment.
  const id = hashOf(wheels.map(({ sha256, file }) => `${sha256} ${file}\n`).join('')).slice(0, 12)
  const script = hashOf(BOOTSTRAP_SCRIPT)
  return {
    id,
    python,
    architecture,
    wheels,
    sizeBytes: wheels.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    list: { key: `${folder}${id}/requirements.txt`, text },
    script: { key: contentKey(folder, script, 'install.sh'), text: BOOTSTRAP_SCRIPT },
    markerKey: `${folder}${id}/complete-${script.slice(0, 16)}.json`,
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
