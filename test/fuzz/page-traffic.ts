import { once } from 'node:events'
import type { DownFrame } from '../../shared/rpc/contract.ts'
import type { Draw } from './draw.ts'
import { inputOf, OPERATIONS } from './inputs.ts'
import { anyJson, type Json, mutated } from './json.ts'
import { downFrame, type WebHost } from './web-host.ts'

/** What was cancelled has ended within this; the machine may be busy with what the others do. */
const ENDS_WITHIN_MS = 30_000

/**
 * A page that was taken over: starts of every operation with inputs that are good, nearly good, or nothing at all; acknowledgements and cancels of
 * what runs and of what does not. Nothing of it may be a failure of ours (`internal`), and what is cancelled ends.
 */
export async function pageFrames(draw: Draw, host: WebHost, count: number): Promise<string[]> {
  const socket = await host.open()
  const problems: string[] = []
  const running = new Map<number, string>()
  let idle: () => void = () => undefined
  socket.on('message', data => {
    const frame: DownFrame = downFrame(data)
    const asked = running.get(frame.id)
    if (frame.t === 'fail' && frame.error.code === 'internal' && asked !== undefined)
      problems.push(`${asked.slice(0, 400)} was answered: ${frame.error.message.slice(0, 600)}`)
    if (frame.t === 'item') return
    running.delete(frame.id)
    if (running.size === 0) idle()
  })
  socket.on('error', () => socket.terminate())
  for (let id = 0; id < count && socket.readyState === socket.OPEN; id++) {
    const way = draw.below(20)
    if (way === 0) socket.send(JSON.stringify({ t: draw.pick(['ack', 'cancel']), id: draw.below(2 * count) }))
    else if (way === 1) socket.send(JSON.stringify({ t: 'cancel', id: draw.below(id + 1) }))
    else {
      const start = startOf(draw, id)
      const text = JSON.stringify(start)
      if (isStart(start)) running.set(start.id, text)
      socket.send(text)
    }
  }
  if (draw.chance(0.2)) {
    socket.terminate()
    return problems
  }
  const isIdle = new Promise<void>(resolve => {
    idle = resolve
  })
  for (const id of running.keys()) socket.send(JSON.stringify({ t: 'cancel', id }))
  if (running.size > 0 && socket.readyState === socket.OPEN) {
    const late = AbortSignal.timeout(ENDS_WITHIN_MS)
    await Promise.race([isIdle, once(socket, 'close'), new Promise(resolve => late.addEventListener('abort', resolve))])
    if (late.aborted)
      for (const asked of running.values()) problems.push(`${asked.slice(0, 400)} did not end when it was cancelled`)
  }
  socket.terminate()
  return problems
}

function startOf(draw: Draw, id: number): Json {
  const { op, schema } = draw.pick(OPERATIONS)
  const input = inputOf(draw, schema)
  const way = draw.below(10)
  if (way < 4) return { t: 'start', id, op, input }
  if (way < 8) return { t: 'start', id, op, input: mutated(draw, input) }
  if (way === 8)
    return { t: 'start', id, op: draw.pick([`${op}x`, '__proto__.x', 'toString.call', '', '.', op.split('.')[0] ?? '']), input }
  // Most of these are no frames any more, and end the socket.
  return draw.chance(0.1)
    ? mutated(draw, { t: 'start', id, op, input })
    : { t: 'start', id: draw.below(id + 1), op, input: anyJson(draw) }
}

const isStart = (value: Json): value is { t: 'start'; id: number } =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && value.t === 'start' && Number.isInteger(value.id)
