import { MessageChannelMain, utilityProcess, type WebContents } from 'electron'

/** Core as a child of the window's program. */
export interface CoreProcess {
  /** Joins a page and core by a port of their own; again when the page asks again. */
  link(page: WebContents): void
  /** Whether core gave a page this very address, on loopback, to be opened in the user's browser. */
  mayOpen(url: string): boolean
  /** Ends it and its sandbox, and waits for that. */
  end(): Promise<void>
}

const AGAIN_AFTER_MS = 500
/** A Spark UI's own address, with no path that could mean something else there. */
const LOOPBACK = /^http:\/\/127\.0\.0\.1:\d{1,5}\/$/
/** Of so many addresses the newest are remembered: one runs at a time. */
const REMEMBERED = 8
/** What ends on request ends within this; after it, it is killed. */
const PATIENCE_MS = 10_000

/** Starts core with the key of the keychain (base64), and again whenever it dies: its pages lose their ports then and ask for new ones. */
export function startCore(
  program: string,
  data: string,
  key: string | undefined,
  /** Told when core says that it must not run: it is not started again. */
  onRefused: (why: string) => void,
): CoreProcess {
  let ending = false
  let waiting: WebContents[] = []
  const joined = new Set<WebContents>()
  let ready = false
  let addresses: string[] = []
  let child = start()

  function start() {
    const started = utilityProcess.fork(program, [data], { serviceName: 'Sluice core', stdio: 'inherit' })
    ready = false
    started.postMessage({ key })
    started.on('message', message => {
      if (typeof message?.refused === 'string') {
        ending = true
        onRefused(message.refused)
      }
      const url: unknown = message?.mayOpen
      if (typeof url === 'string' && LOOPBACK.test(url))
        addresses = [url, ...addresses.filter(other => other !== url)].slice(0, REMEMBERED)
      if (message !== 'ready') return
      ready = true
      for (const page of waiting.splice(0)) join(page)
    })
    started.once('exit', () => {
      ready = false
      addresses = []
      // A port does not tell its page that the process behind it is gone.
      for (const page of joined) if (!page.isDestroyed()) page.send('core-ended')
      joined.clear()
      if (!ending) setTimeout(() => (child = start()), AGAIN_AFTER_MS)
    })
    return started
  }

  function join(page: WebContents): void {
    if (page.isDestroyed()) return
    const { port1, port2 } = new MessageChannelMain()
    child.postMessage('link', [port1])
    page.postMessage('link', null, [port2])
    joined.add(page)
  }

  return {
    link(page) {
      if (ready) join(page)
      else waiting = [...waiting.filter(other => other !== page), page]
    },
    mayOpen: url => addresses.includes(url),
    async end() {
      ending = true
      const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
      child.postMessage('end')
      const timer = setTimeout(() => child.kill(), PATIENCE_MS)
      await ended
      clearTimeout(timer)
    },
  }
}
