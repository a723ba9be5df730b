/** The command line of `spark-submit`, taken apart: `spark-submit [options] <file> [arguments of the application]`. */
export interface SubmitArguments {
  /** Each with its values, in their order: `['--conf', 'a=b']`, `['--verbose']`. */
  options: string[][]
  /** The application's file. */
  file: string
  rest: string[]
  /**
   * The cluster of this machine that it asks for, `local-cluster[executors,cores,MB]`; any other master is left out.
   */
  localCluster?: string
}

/** Options of spark-submit that take no value (SparkSubmitOptionParser of Spark 4.0). */
const SWITCHES: ReadonlySet<string> = new Set([
  '--help',
  '-h',
  '--supervise',
  '--usage-error',
  '--verbose',
  '-v',
  '--version',
])

/** Options whose value is a list of files that must be on this machine before Spark starts. */
export const FILE_LISTS: ReadonlySet<string> = new Set(['--py-files', '--files', '--archives', '--jars'])

/** What the sandbox decides by itself: there is no YARN, and the JVM has its heap before it reads any option. */
const DECIDED_HERE: ReadonlySet<string> = new Set(['--master', '--deploy-mode', '--driver-memory'])
/** A master with executors of their own that one machine can be: `local-cluster[executors,cores,MB]`. */
const LOCAL_CLUSTER = /^local-cluster\[.*\]$/

/**
 * Takes a command line apart; what the sandbox decides by itself is left out.
 * @throws Error that says what is wrong with it
 */
export function parseSubmitArguments(args: readonly string[]): SubmitArguments {
  const options: string[][] = []
  let localCluster: string | undefined
  let index = 0
  for (; index < args.length; index++) {
    const argument = args[index] ?? ''
    if (!argument.startsWith('-')) break
    if (SWITCHES.has(argument)) {
      options.push([argument])
      continue
    }
    const [, name = argument, joined] = /^(--[^=]+)=(.*)$/s.exec(argument) ?? []
    const value = joined ?? args[++index]
    if (value === undefined) throw new Error(`spark-submit: the option ${name} has no value.`)
    if (name === '--master') localCluster = LOCAL_CLUSTER.test(value) ? value : undefined
    if (!DECIDED_HERE.has(name)) options.push([name, value])
  }
  const file = args[index]
  if (file === undefined)
    throw new Error('spark-submit: there is no application: give a .py file, s3://bucket/key or a path.')
  if (!/\.py$/i.test(file)) throw new Error(`spark-submit: the sandbox runs Python applications only, not ${file}.`)
  return { options, file, rest: args.slice(index + 1), ...(localCluster !== undefined && { localCluster }) }
}

/** The bucket and the key of an S3 address; undefined for anything else. EMR takes s3, s3n and s3a alike. */
export function s3Place(address: string): { bucket: string; key: string } | undefined {
  const [, bucket, key] = /^s3[na]?:\/\/([^/]+)\/(.+)$/.exec(address) ?? []
  return bucket && key ? { bucket, key } : undefined
}
