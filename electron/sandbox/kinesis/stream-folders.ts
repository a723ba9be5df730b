import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  DamagedState,
  isDamagedName,
  renameDamaged,
  reportDamage,
  type StateCare,
} from '../../../shared/state/damage.ts'
import { readJsonFile } from '../../../shared/state/json-file.ts'
import { openShard, type Stream, StreamRecord, sortOpen } from './stream.ts'

/** The description of a stream, in its folder. */
export const DESCRIPTION = 'stream.json'
/** The counts of calls, beside the folders. */
export const CALLS = 'calls.jsonl'
/** What a stream's folder is called while it is removed: no stream's name ends so. */
const REMOVED = '.removed'
/**
 * What it is called until it has this file, which says until the stream is saved that it was never acknowledged: a kill
 * then leaves what is removed.
 */
const MAKING = '.making'
const UNSAVED = 'unsaved'
/** The folder of a stream: its name and when it was made, epoch ms. */
const FOLDER = /^[a-zA-Z0-9_.-]{1,128}\.\d+$/
const isLeft = (name: string): boolean =>
  [REMOVED, MAKING].some(end => name.endsWith(end) && FOLDER.test(name.slice(0, -end.length)))

export function makeFolder(dir: string): void {
  const making = `${dir}${MAKING}`
  mkdirSync(making, { recursive: true })
  writeFileSync(join(making, UNSAVED), '')
  renameSync(making, dir)
}

/** The stream in a folder is acknowledged from now on. */
export const markSaved = (dir: string): void => rmSync(join(dir, UNSAVED), { force: true })

/** First its name, then what `close` lets go of: a kill in between leaves a folder that is removed on opening. */
export function removeFolder(dir: string, close: () => void): void {
  const removed = `${dir}${REMOVED}`
  renameSync(dir, removed)
  close()
  rmSync(removed, { recursive: true, force: true })
}

/**
 * The streams whose folders are there; what a kill left of others is removed.
 * @throws DamagedState
 */
export function loadStreams(
  { dir: parent, limits, log }: { dir: string; limits: boolean; log: (line: string) => void },
  care: StateCare,
): Stream[] {
  const streams: Stream[] = []
  for (const entry of readdirSync(parent, { withFileTypes: true })) {
    const dir = join(parent, entry.name)
    if (isDamagedName(entry.name) || entry.name.startsWith(CALLS)) continue
    if (isLeft(entry.name) || neverWas(dir)) {
      rmSync(dir, { recursive: true, force: true })
      continue
    }
    if (!entry.isDirectory() || !(FOLDER.test(entry.name) || existsSync(join(dir, DESCRIPTION)))) {
      log(`kinesis: ${dir} is no stream, and is left alone`)
      continue
    }
    const found = readStream(dir, care)
    if (!found) continue
    const { shards, ...record } = found
    markSaved(dir)
    renameForgotten(dir, found, log, care)
    const opened = shards.map(shard => openShard(dir, shard, limits, care))
    streams.push({ ...record, dir, shards: opened, open: sortOpen(opened) })
  }
  return streams
}

/** A kill came while retention removed a shard: it is counted and forgotten, its files are not. */
function renameForgotten(
  dir: string,
  { name, shards }: StreamRecord,
  log: (line: string) => void,
  care: StateCare,
): void {
  const left = readdirSync(dir).filter(
    file => /\.jsonl(\.sums)?$/.test(file) && !shards.some(shard => file.startsWith(`${shard.id}.`)),
  )
  for (const file of left) renameDamaged(join(dir, file), care.now())
  if (left.length > 0) log(`kinesis: ${left.length} files of ${dir} belong to no shard of ${name} and are renamed`)
}

/** Whether a kill came between a folder and its description: the stream was never acknowledged, and has no records. */
const neverWas = (dir: string): boolean =>
  existsSync(join(dir, UNSAVED)) &&
  !existsSync(join(dir, DESCRIPTION)) &&
  !readdirSync(dir).some(name => name.includes('.jsonl') || isDamagedName(name))

/**
 * The description of a stream; undefined when it is damaged, and its folder is renamed because that was asked for.
 */
function readStream(dir: string, care: StateCare): StreamRecord | undefined {
  const file = join(dir, DESCRIPTION)
  const lost = 'the stream: its name, shards and settings, without which its records cannot be read'
  if (!existsSync(file) && !care.repairs) throw new DamagedState({ file, what: 'it is missing', lost })
  const record = readJsonFile(file, { schema: StreamRecord, care, lost, canGoOn: false })
  if (!record) reportDamage({ file: dir, what: 'it has no description', lost }, care, renameDamaged(dir, care.now()))
  return record
}
