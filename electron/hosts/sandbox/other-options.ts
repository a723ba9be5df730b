import { dataOption } from '../data-folder.ts'
import { lastSandbox, type Running } from './running.ts'

type Options = Pick<Running, 'limits' | 'anyKey' | 'checkSignatures'>

/** What was asked of a sandbox that was started with other options, in a sentence; undefined when it has them all. */
export function doesNotApply(running: Options, asked: Options, data: string): string | undefined {
  const other = (['limits', 'anyKey', 'checkSignatures'] as const).filter(name => running[name] !== asked[name])
  if (other.length === 0) return undefined
  const list = (options: Options) => other.map(name => WORDS[name](options[name])).join(', ')
  const ask = `The sandbox was started before with ${list(running)}, and keeps that: ${list(asked)} does not apply.`
  return `${ask} To change it, end what uses the sandbox, and stop it: sluice stop ${dataOption(data)}`
}

const WORDS: Record<keyof Options, (on: boolean) => string> = {
  limits: on => `--limits ${on ? 'on' : 'off'}`,
  anyKey: on => (on ? '--any-key' : 'no --any-key'),
  checkSignatures: on => (on ? '--check-signatures' : 'no --check-signatures'),
}

/** Says to the user of a program that joined another one which of its options its sandbox does not have. */
export async function sayWhatDoesNotApply(data: string, asked: Options, say: (line: string) => void): Promise<void> {
  const running = await lastSandbox(data)
  const sentence = running && doesNotApply(running, asked, data)
  if (sentence !== undefined) say(sentence)
}
