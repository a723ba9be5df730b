/** The page as its debugger reaches it (Chrome DevTools Protocol). While nobody is connected, nothing of it runs. */
export interface Debugger {
  send<T>(method: string, params?: object): Promise<T>
  /** The value of a script that runs in the page; of a promise, what it resolves to. */
  evaluate<T>(script: string): Promise<T>
  close(): void
}

interface Reply {
  id?: number
  result?: unknown
  error?: { message: string }
}
interface Evaluated<T> {
  result: { value: T }
  exceptionDetails?: { text: string; exception?: { description?: string } }
}

/** Connects to the first page of the program whose debugger listens on the port. */
export async function connectToPage(port: number): Promise<Debugger> {
  const listed = await fetch(`http://127.0.0.1:${port}/json/list`)
  const targets = (await listed.json()) as { type: string; webSocketDebuggerUrl: string }[]
  const target = targets.find(entry => entry.type === 'page')
  if (!target) throw new Error('The window has no page')
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', () => reject(new Error('The debugger of the page cannot be reached')), {
      once: true,
    })
  })
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let last = 0
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as Reply
    const asked = id === undefined ? undefined : waiting.get(id)
    if (id === undefined || !asked) return
    waiting.delete(id)
    if (error) asked.reject(new Error(error.message))
    else asked.resolve(result)
  })
  socket.addEventListener('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('The page ended'))
    waiting.clear()
  })
  const send = <T>(method: string, params: object = {}) =>
    new Promise<T>((resolve, reject) => {
      const id = ++last
      waiting.set(id, { resolve: value => resolve(value as T), reject })
      socket.send(JSON.stringify({ id, method, params }))
    })
  return {
    send,
    async evaluate<T>(script: string) {
      const expression = `(async () => { ${script} })()`
      const asked = { expression, awaitPromise: true, returnByValue: true }
      const { result, exceptionDetails: failure } = await send<Evaluated<T>>('Runtime.evaluate', asked)
      if (failure) throw new Error(`In the page: ${failure.exception?.description ?? failure.text}`)
      return result.value
    },
    close: () => socket.close(),
  }
}
