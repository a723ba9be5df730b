import { MessageChannelMain, type UtilityProcess, type WebContents } from 'electron'
import type { ProgramState } from '../../../shared/features/programs.ts'
import { type Child, processTime, supervise } from '../supervisor.ts'
import { forkCore } from './fork-core.ts'
import { createOpenable } from './openable.ts'

/** Core as a child of the window's program. */
export interface CoreProcess {
  /** Joins a page and core by a port of their own; again when the page asks again. */
  link(page: WebContents): void
  /** Whether core gave a page this very address, to be opened in the user's browser. */
  mayOpen(url: string): boolean
  /** Starts it now, when it waits to be started again, was given up, or does not answer. */
  retry(): void
  /** Ends it and its sandbox, and waits for that; it is bounded. */
  end(): Promise<void>
}

/** Core closes within 5 s and its sandbox ends within 8 s more, at most. */
const END_WITHIN_MS = 15_000

/**
 * Starts core with the key of the keychain (base64), and again when it dies: its pages lose their ports then and ask
 * for new ones. They get what is known of it all the while, for core cannot say so itself.
 */
export function startCore(
  program: string,
  args: string[],
  key: string | undefined,
  /** Called when core says that it must not run. */
  onRefused: (why: string) => void,
): CoreProcess {
  let waiting: WebContents[] = []
  const pages = new Set<WebContents>()
  const joined = new Set<WebContents>()
  const openable = createOpenable()
  let child: UtilityProcess | undefined
  let ready = false

  const supervised = supervise<true>({
    name: 'core',
    firstMustSucceed: false,
    time: processTime,
    endWithinMs: END_WITHIN_MS,
    start: async () => start(),
    onState: state => {
      for (const page of pages) report(page, state)
    },
  })

  function start(): Child<true> {
    const started = forkCore({
      program,
      args,
      key,
      onReady() {
        ready = true
        for (const page of waiting.splice(0)) join(page)
      },
      onEnd() {
        ready = false
        openable.forget()
        // A port does not inform its page that the process behind it is gone.
        for (const page of joined) if (!page.isDestroyed()) page.send('core-ended')
        joined.clear()
      },
      onMayOpen: openable.add,
      onRefused,
    })
    child = started.process
    return started.child
  }

  function join(page: WebContents): void {
    if (page.isDestroyed() || !child) return
    const { port1, port2 } = new MessageChannelMain()
    child.postMessage('link', [port1])
    page.postMessage('link', null, [port2])
    joined.add(page)
  }

  function report(page: WebContents, state: ProgramState): void {
    if (page.isDestroyed()) pages.delete(page)
    else page.send('core-state', state)
  }

  return {
    link(page) {
      pages.add(page)
      if (ready) return join(page)
      waiting = [...waiting.filter(other => other !== page), page]
      // It gets no port yet, and this is why.
      report(page, supervised.state())
    },
    mayOpen: openable.has,
    retry: supervised.retry,
    end: supervised.stop,
  }
}
