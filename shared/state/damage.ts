import { existsSync, renameSync } from 'node:fs'
import { ExpectedError } from '../rpc/contract.ts'
import { diskSentence, diskTrouble } from './disk-trouble.ts'

/** A file of state that is not as it was written. */
export interface Damage {
  file: string
  /** What is wrong with it. */
  what: string
  /** What cannot be had any more. */
  lost: string
}

/** Something that a person should read: at the program's log, and in the console. */
export interface Notice {
  /**
   * What it is about, where the console keeps it in view: the disk until it is writable again, damage until a person
   * dismissed it.
   */
  kind?: 'disk' | 'damage' | undefined
  state: 'info' | 'good' | 'warning' | 'bad'
  title: string
  detail?: string
}

/** What is done about damage. Nothing that was found is ever deleted for it. */
export interface StateCare {
  /** Whether this run was asked to go on without what is damaged. */
  repairs: boolean
  now: () => number
  notice: (notice: Notice) => void
  /**
   * Called with what a write or a read failed with. Returns the sentence when it is the disk's trouble, which ends
   * without this program.
   */
  trouble: (error: unknown) => string | undefined
  /** Resolves when the disk takes writes again. */
  room: (signal?: AbortSignal) => Promise<void>
}

/**
 * What is done where nothing else is said: damaged state is refused, the rest is said in lines, and the disk is tried
 * again after a while.
 */
export const strictCare = (now: () => number, log: (line: string) => void): StateCare => ({
  repairs: false,
  now,
  notice: ({ title, detail }) => log([title, detail].filter(Boolean).join('. ')),
  trouble(error) {
    const trouble = diskTrouble(error)
    return trouble && diskSentence(trouble, 'the data folder')
  },
  room: () => new Promise(resolve => setTimeout(resolve, RETRY_MS)),
})
const RETRY_MS = 500

/** Thrown where going on would answer wrongly: the program must not open this state. */
export class DamagedState extends ExpectedError {
  readonly damage: Damage
  constructor(damage: Damage) {
    const { file, what } = damage
    super({
      code: 'failed',
      message: `${file} is damaged: ${what}.`,
      hint: damageHint(damage, ' for this data folder'),
      retryable: false,
    })
    this.damage = damage
  }
}

/**
 * What is lost and what to do; `onFolder` follows the commands: the option that names the folder, where that is known.
 */
export const damageHint = ({ lost }: Damage, onFolder: string): string =>
  `Lost: ${lost}. Put the file back from a copy of the data folder; or run sluice repair${onFolder}, which ` +
  `renames what is damaged and goes on without it; or remove all state with sluice sandbox --reset${onFolder}.`

/**
 * Decides about a damaged file: it stays where it is and the program refuses to open it, or it is renamed and the
 * loss is reported. It goes on by itself where answers stay right without it (`canGoOn`), else when a repair was asked
 * for. Returns where the file is now.
 * @throws DamagedState
 */
export function refuseOrRename(damage: Damage, care: StateCare, canGoOn: boolean): string {
  if (!canGoOn && !care.repairs) throw new DamagedState(damage)
  const renamed = renameDamaged(damage.file, care.now())
  reportDamage(damage, care, renamed)
  return renamed
}

export function reportDamage({ file, what, lost }: Damage, care: StateCare, renamed: string): void {
  care.notice({
    kind: 'damage',
    state: 'bad',
    title: `${file} is damaged: ${what}`,
    detail: `Lost: ${lost}. What was damaged is kept as ${renamed}.`,
  })
}

/** Renames a file or a folder to a name that says when it was found damaged. Returns the new name. */
export function renameDamaged(path: string, nowMs: number): string {
  const name = damagedName(path, nowMs)
  renameSync(path, name)
  return name
}

/** A name beside a path that nothing has yet. */
export function damagedName(path: string, nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
  for (let count = 1; ; count++) {
    const name = `${path}.damaged-${time}${count === 1 ? '' : `-${count}`}`
    if (!existsSync(name)) return name
  }
}

/** Whether a name was given by `renameDamaged`: it is no state. */
export const isDamagedName = (name: string): boolean => /\.damaged-\d{8}T\d{6}Z(-\d+)?$/.test(name)
