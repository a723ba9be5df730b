import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { sparkPackage } from '../../../electron/core/artifacts/spark-package.ts'
import { projectFile, projectFiles, projectPath } from '../../../electron/hosts/project.ts'
import { pythonOf } from '../../../electron/hosts/spark/spark-folder.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'
import { SPARK_FOLDER } from '../../fixture/spark.ts'

it('the console deploys the very bytes that spark/package.py makes; Python imports them from the zip', async () => {
  const folder = await temporaryFolder()
  try {
    const python = pythonOf(SPARK_FOLDER, process.platform)
    await promisify(execFile)(python, [projectPath('spark/package.py'), folder.path])
    const theirs = await readFile(join(folder.path, 'sluice_spark.zip'))
    const ours = await sparkPackage({ file: projectFile, list: projectFiles })
    expect(ours.equals(theirs)).toBe(true)
    const code = `import sys; sys.path.insert(0, sys.argv[1]); import sluice_spark.arguments as a; print(a.__file__)`
    const zip = join(folder.path, 'sluice_spark.zip')
    const { stdout } = await promisify(execFile)(python, ['-E', '-P', '-c', code, zip])
    expect(stdout.trim()).toBe(join(zip, 'sluice_spark', 'arguments.py'))
  } finally {
    await folder.remove()
  }
})
