import type { WebSocket } from 'ws'
import { downFrame, type WebHost } from './web-host.ts'

/** A page that does everything right, beside all that does not: it must never see anything of it. */
export interface GoodLink {
  /** Asks once more; what was not as it must be, if anything. */
  verify(): Promise<string | undefined>
  /** Asks for one answer. @throws Error when it fails */
  call(op: string, input: object): Promise<unknown>
  /** Follows a piece of work to its end. @throws Error when it fails */
  follow(op: string, input: object): Promise<void>
  close(): void
}

/** How long the machine may be busy with what the others do. */
const ANSWERS_WITHIN_MS = 20_000

export async function openGoodLink(host: WebHost): Promise<GoodLink> {
  const socket: WebSocket = await host.open()
  const answers = new Map<number, (words: string | undefined) => void>()
  const items = new Map<number, unknown>()
  let disturbed: string | undefined
  const FOLLOWED = 0
  socket.on('message', data => {
    const frame = downFrame(data)
    if (frame.id === FOLLOWED && frame.t !== 'item') disturbed ??= `its stream ended: ${JSON.stringify(frame)}`
    if (frame.t === 'item' && items.has(frame.id)) items.set(frame.id, frame.value)
    if (frame.t === 'item') socket.send(JSON.stringify({ t: 'ack', id: frame.id }))
    if (frame.t === 'end') answers.get(frame.id)?.(undefined)
    if (frame.t === 'fail') answers.get(frame.id)?.(`its call failed: ${frame.error.message}`)
  })
  socket.on('close', code => {
    disturbed ??= `its socket was closed with ${code}`
    for (const answer of answers.values()) answer(disturbed)
  })
  socket.send(JSON.stringify({ t: 'start', id: FOLLOWED, op: 'programs.watch', input: {} }))
  let nextId = 1
  const ask = (id: number, op: string, input: object) =>
    new Promise<string | undefined>(resolve => {
      answers.set(id, resolve)
      socket.send(JSON.stringify({ t: 'start', id, op, input }))
    })
  return {
    async call(op, input) {
      const id = nextId++
      items.set(id, undefined)
      const words = await ask(id, op, input)
      if (words !== undefined) throw new Error(`${op}: ${words}`)
      return items.get(id)
    },
    async follow(op, input) {
      const words = await ask(nextId++, op, input)
      if (words !== undefined) throw new Error(`${op}: ${words}`)
    },
    async verify() {
      if (disturbed !== undefined) return disturbed
      const id = nextId++
      let timer: ReturnType<typeof setTimeout> | undefined
      const answer = new Promise<string | undefined>(resolve => {
        timer = setTimeout(() => resolve(`no answer within ${ANSWERS_WITHIN_MS / 1_000} s`), ANSWERS_WITHIN_MS)
        ask(id, 'targets.list', {}).then(resolve, error => resolve(String(error)))
      })
      const words = await answer
      clearTimeout(timer)
      answers.delete(id)
      return words
    },
    close: () => socket.terminate(),
  }
}
