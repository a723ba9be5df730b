import { createInterface } from 'node:readline'

/** Somebody who can be asked. */
export interface Terminal {
  /** The line that was typed; undefined for Ctrl-C, or where the input ends. */
  ask(question: string): Promise<string | undefined>
  close(): void
}

type Input = NodeJS.ReadableStream & { isTTY?: boolean }
type Output = NodeJS.WritableStream & { isTTY?: boolean }

/** The terminal behind two streams; undefined where nobody could read a question or answer it. */
export function openTerminal(input: Input, output: Output): Terminal | undefined {
  if (!input.isTTY || !output.isTTY) return undefined
  const lines = createInterface({ input, output, terminal: true })
  // While a line is edited, Ctrl-C is a key and no signal.
  lines.on('SIGINT', () => lines.close())
  const typed = lines[Symbol.asyncIterator]()
  let isClosed = false
  lines.once('close', () => (isClosed = true))
  return {
    async ask(question) {
      if (isClosed) return undefined
      lines.setPrompt(question)
      lines.prompt()
      const { value, done } = await typed.next()
      return done ? undefined : value
    },
    close: () => lines.close(),
  }
}
