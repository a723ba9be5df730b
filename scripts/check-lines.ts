import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/*
 * Lists the lines of hand-written files that are longer than 120 columns, and exits with 1 when there are any. A column
 * is a character. Every file that Git knows is hand-written but for these.
 */
const LONGEST = 120
const EXCEPT: readonly [what: string, path: RegExp][] = [
  ['lock files', /(^|\/)package-lock\.json$/],
  ['pictures', /\.(png|svg|ico|icns)$/],
  ['rows of dimensions', /^dims\/.*\.csv$/],
  ['specs and other JSON, whose strings cannot be broken', /\.json$/],
  ['what real programs wrote, kept for tests', /^test\/fixture\/(step-logs|spark-checkpoint)\//],
]
/** The formatter keeps an import of one name on one line, however long its path is. */
const ONE_IMPORT = /^import \{ [\w ]+ \} from '[^']+'$/

const root = join(import.meta.dirname, '..')
const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)

const found = files
  .filter(file => !EXCEPT.some(([, path]) => path.test(file)))
  .flatMap(file =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) => {
        const columns = [...line].length
        return columns > LONGEST && !ONE_IMPORT.test(line) ? [`${file}:${index + 1}: ${columns} columns`] : []
      }),
  )
for (const line of found) process.stdout.write(`${line}\n`)
process.exitCode = found.length > 0 ? 1 : 0
