import { MessageChannelMain, utilityProcess, type WebContents } from 'electron'

/** Core as a child of the window's program. */
export interface CoreProcess {
  /** Joins a page and core by a port of their own; again when the page asks again. */
  link(page: WebContents): void
  /** Ends it and its sandbox, and waits for that. */
  end(): Promise<void>
}

const AGAIN_AFTER_MS = 500
/** What ends on request ends within this; after it, it is killed. */
const PATIENCE_MS = 10_000

/** Starts core with the key of the keychain (base64), and again whenever it dies: its pages lose their ports then and ask for new ones. */
export function startCore(program: string, data: string, key: string | undefined): CoreProcess {
  let ending = false
  let waiting: WebContents[] = []
  const joined = new Set<WebContents>()
  let ready = false
  let child = start()

  function start() {
    const started = utilityProcess.fork(program, [data], { serviceName: 'Sluice core', stdio: 'inherit' })
    ready = false
    started.postMessage({ key })
    started.on('message', message => {
      if (message !== 'ready') return
      ready = true
      for (const page of waiting.splice(0)) join(page)
    })
    started.once('exit', () => {
      ready = false
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
