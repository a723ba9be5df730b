import type { DownFrame } from '../../shared/rpc/contract.ts'
import type { Draw } from './draw.ts'
import { inputOf, OPERATIONS } from './inputs.ts'
import { anyJson, type Json, mutated } from './json.ts'
import { downFrame, type WebHost } from './web-host.ts'

/** What one conversation sent, and what was wrong with the answers. */
export interface Talk {
  sent: number
  problems: string[]
}

/** Calls have so long to end by themselves before they are cancelled, too. */
const CALLS_END_WITHIN_MS = 1_000
/** What was cancelled has ended within this; the machine may be busy with what the others do. */
const ENDS_WITHIN_MS = 30_000

/**
 * A page that was taken over: starts of every operation with inputs that are good, nearly good, or nothing at all;
 * acknowledgements and cancels of what runs and of what does not. Nothing of it may be a failure of ours (`internal`),
 * and what is cancelled ends.
 */
export async function pageFrames(draw: Draw, host: WebHost, count: number): Promise<Talk> {
  const socket = await host.open()
  const problems: string[] = []
  const running = new Map<number, { asked: string; kind: 'call' | 'stream' }>()
  let sent = 0
  const send = (text: string) => {
    sent++
    socket.send(text)
  }
  const changed = new EventTarget()
  socket.on('message', data => {
    const frame: DownFrame = downFrame(data)
    const asked = running.get(frame.id)?.asked
    if (frame.t === 'fail' && frame.error.code === 'internal' && asked !== undefined)
      problems.push(`${asked.slice(0, 400)} was answered: ${frame.error.message.slice(0, 600)}`)
    if (frame.t === 'item') return
    running.delete(frame.id)
    changed.dispatchEvent(new Event('end'))
  })
  socket.on('close', () => {
    running.clear()
    changed.dispatchEvent(new Event('end'))
  })
  /** Waits until an end makes it true, at most so long. */
  const until = (isTrue: () => boolean, ms: number) =>
    new Promise<boolean>(resolve => {
      const settle = (value: boolean) => {
        clearTimeout(timer)
        changed.removeEventListener('end', check)
        resolve(value)
      }
      const check = () => isTrue() && settle(true)
      const timer = setTimeout(() => settle(false), ms)
      changed.addEventListener('end', check)
      check()
    })
  socket.on('error', () => socket.terminate())
  for (let id = 0; id < count && socket.readyState === socket.OPEN; id++) {
    const way = draw.below(20)
    if (way === 0) send(JSON.stringify({ t: draw.pick(['ack', 'cancel']), id: draw.below(2 * count) }))
    else if (way === 1) send(JSON.stringify({ t: 'cancel', id: draw.below(id + 1) }))
    else {
      const [start, kind] = startOf(draw, id)
      const asked = JSON.stringify(start)
      if (isStart(start) && !running.has(start.id)) running.set(start.id, { asked, kind })
      send(asked)
    }
  }
  if (draw.chance(0.2)) {
    socket.terminate()
    return { sent, problems }
  }
  await until(() => [...running.values()].every(({ kind }) => kind === 'stream'), CALLS_END_WITHIN_MS)
  for (const id of running.keys()) if (socket.readyState === socket.OPEN) send(JSON.stringify({ t: 'cancel', id }))
  if (!(await until(() => running.size === 0, ENDS_WITHIN_MS)))
    for (const { asked } of running.values()) problems.push(`${asked.slice(0, 400)} did not end when it was cancelled`)
  socket.terminate()
  return { sent, problems }
}

function startOf(draw: Draw, id: number): [start: Json, kind: 'call' | 'stream'] {
  const operation = draw.pick(OPERATIONS)
  return [frameOf(draw, id, operation), operation.kind]
}

function frameOf(draw: Draw, id: number, { op, schema }: (typeof OPERATIONS)[number]): Json {
  const input = inputOf(draw, schema)
  const way = draw.below(10)
  if (way < 4) return { t: 'start', id, op, input }
  if (way < 8) return { t: 'start', id, op, input: mutated(draw, input) }
  if (way === 8)
    return {
      t: 'start',
      id,
      op: draw.pick([`${op}x`, '__proto__.x', 'toString.call', '', '.', op.split('.')[0] ?? '']),
      input,
    }
  // Most of these are no frames any more, and end the socket.
  return draw.chance(0.1)
    ? mutated(draw, { t: 'start', id, op, input })
    : { t: 'start', id: draw.below(id + 1), op, input: anyJson(draw) }
}

const isStart = (value: Json): value is { t: 'start'; id: number } =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  value.t === 'start' &&
  Number.isInteger(value.id)
