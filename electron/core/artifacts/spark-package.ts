import type { ProjectFiles } from '../pipeline-context.ts'
import { zip } from './zip.ts'

const FOLDER = 'spark'
const PACKAGE = 'sluice_spark'

/** The job for spark-submit: its package as the zip that `--py-files` takes. spark/package.py makes the same bytes. */
export async function sparkPackage({ file, list }: ProjectFiles): Promise<Buffer> {
  const paths = (await list(`${FOLDER}/${PACKAGE}`)).filter(path => path.endsWith('.py')).sort(byParts)
  return zip(
    await Promise.all(
      paths.map(async path => ({ path: path.slice(FOLDER.length + 1), bytes: Buffer.from(await file(path), 'utf8') })),
    ),
  )
}

/** A folder's files stand where the folder does: `a/z.py` before `a.py`. */
function byParts(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')]
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [one = '', two = ''] = [left[index], right[index]]
    if (one !== two) return one < two ? -1 : 1
  }
  return left.length - right.length
}
