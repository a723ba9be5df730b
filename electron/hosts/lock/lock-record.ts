import { z } from 'zod'
import { dataOption } from '../data-folder.ts'
import { FolderIdentity } from './folder-identity.ts'
import { ProcessMark } from './process-mark.ts'

/** What of a data folder one process has at a time: the sandbox's state, or core's (journals, history). */
export const Part = z.enum(['sandbox', 'core'])
export type Part = z.infer<typeof Part>

/** The kinds of program that hold a lock. */
export const Kind = z.enum(['web', 'window', 'demo', 'command', 'sandbox'])
export type Kind = z.infer<typeof Kind>

/**
 * What the holder of a part leaves for others: who it is, and how it is reached. For this user only, because of the
 * secret.
 */
export const LockRecord = z.object({
  part: Part,
  folder: FolderIdentity,
  process: ProcessMark,
  kind: Kind,
  /** The program's name as its user knows it: `sluice web`. */
  title: z.string(),
  since: z.iso.datetime(),
  /** Where its console is open, if it has one. */
  address: z.string().nullable(),
  /** Its socket or pipe. */
  endpoint: z.string(),
  /** Who shows it may speak there. */
  secret: z.string(),
  /** It was given back. The file stays, so that its number is not used twice. */
  released: z.boolean(),
})
export type LockRecord = z.infer<typeof LockRecord>

const NAMES: Record<Kind, string> = {
  web: 'A console',
  window: "The console's window",
  demo: 'A demo',
  command: 'A command',
  sandbox: 'A sandbox',
}

/** Who works on a folder, since when, and where: one sentence. */
export function holderSentence({ kind, title, process, since, address, folder }: LockRecord): string {
  const where = address === null ? '' : ` at ${address}`
  return `${NAMES[kind]} (${title}, process ${process.pid}) has been working on ${folder.path} since ${since}${where}.`
}

const ENDINGS: Record<Kind, string> = {
  web: 'Use it, or end it with Ctrl-C where it was started',
  window: 'Use it, or close it',
  demo: 'Wait for its end, or end it with Ctrl-C where it was started',
  command: 'Wait for its end',
  sandbox: 'Stop it with: sluice stop',
}

/** What to do about it. */
export const holderHint = ({ kind, folder }: LockRecord): string =>
  `${ENDINGS[kind]}${kind === 'sandbox' ? ` ${dataOption(folder.path)}` : ''}; or name another folder with --data.`
