import { setTimeout as delay } from 'node:timers/promises'
import type { DownFrame, Link, UpFrame } from '../../../shared/rpc/contract.ts'
import { type FolderLock, heldBy, takeLock } from '../lock/folder-lock.ts'
import { holderSentence, type Kind, type LockRecord } from '../lock/lock-record.ts'
import { bridge, waitingLink } from './bridge.ts'
import { joinCore } from './join-core.ts'
import { type ControlServer, serveControl } from './serve-control.ts'

/** Core in this process, with the sandbox that it was opened on. */
export interface OwnCore {
  serve(link: Link<DownFrame, UpFrame>): void
  /** Ends core, then what it was opened on. */
  close(): Promise<void>
}

export interface CoreAccessOptions {
  data: string
  kind: Exclude<Kind, 'sandbox'>
  /** This program as its user knows it. */
  title: string
  /**
   * Opens core here. Only called while this process holds the folder's core. It is given what to call with each address
   * that core gives to a page.
   */
  openOwn: (mayOpen: (url: string) => void) => Promise<OwnCore>
  /** Called for each address that a joined core gave to a page: this host may open it. */
  mayOpen?: (url: string) => void
  /** A line for the user: which core was joined, that this one takes over. */
  say: (line: string) => void
}

/** The one core of a data folder, here or in the process that holds it. */
export interface CoreAccess {
  /** Serves a page's link, from whichever core there is then. */
  link(page: Link<DownFrame, UpFrame>): void
  /** Who holds core; undefined when this process does. */
  joined(): LockRecord | undefined
  /** Says to others where this program's console is open. */
  setAddress(address: string): Promise<void>
  close(): Promise<void>
}

type Role =
  | { own: OwnCore; lock: FolderLock; control: ControlServer }
  | { holder: LockRecord; alive: Link<UpFrame, DownFrame>; own?: undefined }

/** A holder that ends gives its lock back within this; one that starts has its core by then. */
const PATIENCE_MS = 90_000
const AGAIN_AFTER_MS = 100
/** What a command or a demo waits at its end for the commands that have joined its core. */
const COMMANDS_END_MS = 60_000

/**
 * Opens core on a data folder, or joins the one that another program has opened there. When that one ends, the next
 * link finds it gone and opens core here.
 * @throws ExpectedError `conflict` that names who works on the folder, where that one cannot be joined
 */
export async function openCoreAccess(options: CoreAccessOptions): Promise<CoreAccess> {
  let address: string | undefined
  let closed = false
  let role: Promise<Role> | undefined
  let holder: LockRecord | undefined
  const forget = (settling: Promise<Role>): void => {
    if (role === settling) role = undefined
  }

  function current(): Promise<Role> {
    if (role) return role
    const settling = settle(options)
    role = settling
    settling
      .then(
        async settled => {
          holder = settled.own ? undefined : settled.holder
          if (settled.own) return address === undefined ? undefined : settled.lock.setAddress(address)
          if (options.kind !== 'command') options.say(`Joined: ${holderSentence(settled.holder)}`)
          settled.alive.onClose(() => {
            forget(settling)
            if (!closed)
              options.say(`${settled.holder.title} (process ${settled.holder.process.pid}) has ended its core.`)
          })
        },
        () => forget(settling),
      )
      .catch(error => options.say(`The lock of the data folder could not be written: ${String(error)}`))
    return settling
  }

  async function serve(page: ReturnType<typeof waitingLink>): Promise<void> {
    while (!page.isClosed() && !closed) {
      const asked = current()
      const settled = await asked
      if (settled.own) return settled.own.serve(page)
      const core = await joinCore(settled.holder, options.kind, options.mayOpen)
      if (core) return bridge(page, core)
      forget(asked)
      settled.alive.close()
      await delay(AGAIN_AFTER_MS)
    }
    page.close()
  }

  await current()
  return {
    link(page) {
      const waiting = waitingLink(page)
      serve(waiting).catch(error => {
        options.say(`Core cannot be reached: ${error instanceof Error ? error.message : String(error)}`)
        waiting.close()
      })
    },
    joined: () => holder,
    async setAddress(next) {
      address = next
      const settled = await current()
      if (settled.own) await settled.lock.setAddress(next)
    },
    async close() {
      closed = true
      const settled = await role
      if (!settled) return
      if (!settled.own) return settled.alive.close()
      await settled.control.close(options.kind === 'command' || options.kind === 'demo' ? COMMANDS_END_MS : 0)
      await settled.own.close()
      await settled.lock.release()
    },
  }
}

/** Takes the folder's core, or joins its holder; waits where that one is about to end. */
async function settle(options: CoreAccessOptions): Promise<Role> {
  const { data, kind, title, say } = options
  const givenUpAt = performance.now() + PATIENCE_MS
  let waitsFor: string | undefined
  for (;;) {
    let lock: FolderLock | undefined
    const control = serveControl(() => lock?.record.secret)
    const attempt = await takeLock({ data, part: 'core', kind, title, onSocket: control.onSocket, say })
    lock = attempt.lock
    if (lock) return openHere(options, lock, control)
    const { holder } = attempt
    if (!holder) throw new Error('A lock is neither taken nor held')
    if (kind === 'demo' && holder.kind === 'demo') throw heldBy(holder, '')
    if (holder.kind !== 'command' || kind === 'command') {
      const alive = await joinCore(holder, kind, options.mayOpen)
      if (alive) return { holder, alive }
    } else if (waitsFor !== holder.secret) {
      waitsFor = holder.secret
      say(`Waiting: ${holderSentence(holder)}`)
    }
    if (performance.now() > givenUpAt) throw heldBy(holder, `No answer from it within ${PATIENCE_MS / 1_000} s.`)
    await delay(AGAIN_AFTER_MS)
  }
}

async function openHere({ openOwn }: CoreAccessOptions, lock: FolderLock, control: ControlServer): Promise<Role> {
  try {
    const own = await openOwn(control.mayOpen)
    control.open(own.serve)
    return { own, lock, control }
  } catch (error) {
    await control.close(0)
    await lock.release()
    throw error
  }
}
