import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFile, packageIndex } from '../electron/hosts/wheels/package-index.ts'
import type { Wheel, WheelLock } from '../shared/job/wheel-lock.ts'

/*
 * Writes shared/job/wheels.lock.json: of what spark/requirements.txt names, and what that needs itself, the wheels for
 * each Python and architecture that a release of EMR has, with their hashes; and pip, which installs them. Spark comes
 * with the release. pip resolves for the other machine: `node scripts/lock-wheels.ts PYTHON`, with any Python that has
 * pip. With --check nothing is written, and what would be is compared.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const [python = 'python3', check] = process.argv.slice(2)
const requirements = readFileSync(join(root, 'spark/requirements.txt'), 'utf8')
const wanted = requirements.split('\n').filter(line => line !== '' && !line.startsWith('pyspark=='))
/** As electron/hosts/spark/install-spark.ts has it. */
const PIP = 'pip==26.3'

/** Pythons of emr-spark-8.0.0 (EMR Release Guide, "Amazon runtime for Apache Spark (emr-spark-8.0.0)"). */
const PYTHONS = ['3.11', '3.12', '3.13']
const ARCHITECTURES = ['x86_64', 'aarch64']
/** Of Amazon Linux 2023 (its release notes: glibc-2.34-231.amzn2023), from the first with a tag of this form. */
const GLIBC = Array.from({ length: 34 - 17 + 1 }, (_, at) => `2_${34 - at}`)

const wheels = new Map<string, Wheel>()
for (const version of PYTHONS) {
  for (const architecture of ARCHITECTURES) {
    const platforms = [...GLIBC.map(glibc => `manylinux_${glibc}_${architecture}`), `manylinux2014_${architecture}`]
    const report = execFileSync(
      python,
      [
        ...['-m', 'pip', 'install', '--quiet', '--dry-run', '--ignore-installed', '--report', '-', '--target', 'none'],
        ...['--only-binary', ':all:', '--python-version', version, '--implementation', 'cp'],
        ...platforms.flatMap(platform => ['--platform', platform]),
        ...wanted,
        PIP,
      ],
      { encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    for (const { download_info, metadata } of (JSON.parse(report) as Report).install) {
      const file = decodeURIComponent(new URL(download_info.url).pathname.split('/').at(-1) ?? '')
      const sha256 = download_info.archive_info.hashes.sha256
      const { sizeBytes } = await findFile(packageIndex(process.env), { name: metadata.name, file }, neverAborted())
      if (sizeBytes === undefined) throw new Error(`The index does not say how large ${file} is`)
      const known = wheels.get(file)
      const suits = [...(known?.suits ?? []), `${version} ${architecture}`]
      wheels.set(file, { name: metadata.name, version: metadata.version, file, sha256, sizeBytes, suits })
    }
  }
}
const lock: WheelLock = {
  requirementsSha256: createHash('sha256').update(requirements).digest('hex'),
  wheels: [...wheels.values()].sort((a, b) => (a.file < b.file ? -1 : 1)),
}
const text = `${JSON.stringify(lock, undefined, 2)}\n`
const path = join(root, 'shared/job/wheels.lock.json')
if (check !== '--check') writeFileSync(path, text)
else if (readFileSync(path, 'utf8') !== text) {
  process.stderr.write('shared/job/wheels.lock.json is not what pip resolves now.\n')
  process.exit(1)
}

interface Report {
  install: {
    download_info: { url: string; archive_info: { hashes: { sha256: string } } }
    metadata: { name: string; version: string }
  }[]
}

function neverAborted(): AbortSignal {
  return new AbortController().signal
}
