import { dataOption } from '../data-folder.ts'
import { askedVersion } from '../spark/asked-version.ts'
import { lastSandbox, type Running } from './running.ts'

type Switches = Pick<Running, 'limits' | 'anyKey' | 'checkSignatures'>
type Options = Switches & Pick<Running, 'spark'>

/** What was asked of a sandbox that was started with other options, in a sentence; undefined when it has them all. */
export function doesNotApply(running: Options, asked: Options, data: string): string | undefined {
  const other = (['limits', 'anyKey', 'checkSignatures'] as const).filter(name => running[name] !== asked[name])
  // A command that names no version takes the one that is there.
  const otherSpark = asked.spark !== null && running.spark !== asked.spark
  if (other.length === 0 && !otherSpark) return undefined
  const list = (options: Options) =>
    [
      ...other.map(name => WORDS[name](options[name])),
      ...(otherSpark ? [options.spark === null ? 'no --spark' : `--spark ${options.spark}`] : []),
    ].join(', ')
  const ask = `The sandbox was started before with ${list(running)}, and keeps that: ${list(asked)} does not apply.`
  return `${ask} To change it, end what uses the sandbox, and stop it: sluice stop ${dataOption(data)}`
}

const WORDS: Record<keyof Switches, (on: boolean) => string> = {
  limits: on => `--limits ${on ? 'on' : 'off'}`,
  anyKey: on => (on ? '--any-key' : 'no --any-key'),
  checkSignatures: on => (on ? '--check-signatures' : 'no --check-signatures'),
}

/** Says to the user of a program that joined another one which of its options its sandbox does not have. */
export async function sayWhatDoesNotApply(data: string, asked: Switches, say: (line: string) => void): Promise<void> {
  const running = await lastSandbox(data)
  const sentence = running && doesNotApply(running, withSpark(asked), data)
  if (sentence !== undefined) say(sentence)
}

/** With the version of Spark that this program was given, as the sandbox that it starts is. */
export const withSpark = (asked: Switches): Options => ({ ...asked, spark: askedVersion(process.env) ?? null })
