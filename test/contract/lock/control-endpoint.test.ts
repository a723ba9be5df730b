import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type CoreAccess, openCoreAccess } from '../../../electron/hosts/core-access/core-access.ts'
import { identifyFolder } from '../../../electron/hosts/lock/folder-identity.ts'
import { lockHolder } from '../../../electron/hosts/lock/folder-lock.ts'
import type { Kind, LockRecord } from '../../../electron/hosts/lock/lock-record.ts'
import { connect as connectLink } from '../../../shared/rpc/connect.ts'
import { call, ExpectedError, type ServiceOf, stream } from '../../../shared/rpc/contract.ts'
import { memoryLink } from '../../../shared/rpc/memory-link.ts'
import { serve } from '../../../shared/rpc/serve.ts'
import { temporaryFolder } from '../../fixture/sluice.ts'

const contract = {
  add: call(z.object({ by: z.int() }), z.int()),
  measure: call(z.object({ text: z.string() }), z.int()),
  long: call(z.object({ length: z.int() }), z.string()),
  count: stream(z.object({ to: z.int() }), z.int(), { overflow: 'wait' }),
}

/** A busy machine takes its time. */
const soon = { timeout: 20_000 }

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let opened: CoreAccess[]
let cores: number
let total: number
let said: string[]
beforeEach(async () => {
  folder = await temporaryFolder()
  opened = []
  said = []
  mayOpen = []
  cores = 0
  total = 0
})
afterEach(async () => {
  for (const access of opened.reverse()) await access.close()
  await folder.remove()
})

/** A core that adds up: two of them would each have a sum of their own. */
const service: ServiceOf<typeof contract> = {
  add: async ({ by }) => {
    total += by
    return total
  },
  measure: async ({ text }) => text.length,
  long: async ({ length }) => 'x'.repeat(length),
  async *count({ to }) {
    for (let at = 1; at <= to; at++) yield at
  },
}

/** The addresses that each host may open. */
let mayOpen: string[]
/** Gives a page an address, as core does. */
let giveAddress: (url: string) => void

async function open(kind: Exclude<Kind, 'sandbox'>, openOwn?: () => Promise<void>): Promise<CoreAccess> {
  const access = await openCoreAccess({
    data: folder.path,
    kind,
    title: `sluice ${kind}`,
    say: line => said.push(line),
    mayOpen: url => mayOpen.push(`${kind}: ${url}`),
    async openOwn(tellOthers) {
      giveAddress = tellOthers
      await openOwn?.()
      cores++
      return {
        serve: link =>
          serve({ sum: { contract, service } }, link, error => ({
            code: 'internal',
            message: String(error),
            retryable: false,
          })),
        close: async () => undefined,
      }
    },
  })
  opened.push(access)
  return access
}

function pageOn(access: CoreAccess) {
  const link = memoryLink()
  let closed = false
  link.page.onClose(() => {
    closed = true
  })
  access.link(link.core)
  return { sum: connectLink(link.page).client('sum', contract), close: link.page.close, isClosed: () => closed }
}

async function holder(): Promise<LockRecord> {
  const record = await lockHolder(await identifyFolder(folder.path), 'core')
  if (!record) throw new Error('nobody holds core')
  return record
}

async function raw(): Promise<{ socket: Socket; closed: Promise<unknown> }> {
  const socket = connect((await holder()).endpoint)
  const closed = new Promise(resolve => socket.once('close', resolve))
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  return { socket, closed }
}
const greeting = async () => `${JSON.stringify({ sluice: 1, secret: (await holder()).secret, kind: 'command' })}\n`

describe('who opens core on a folder where there is one', () => {
  it('may open what the joined core gave to a page, when it is a window, and goes on', async () => {
    await open('web')
    const { sum } = pageOn(await open('window'))
    pageOn(await open('command'))
    expect(await sum.add({ by: 1 })).toEqual({ ok: true, value: 1 })
    giveAddress('http://127.0.0.1:4040/')
    await expect.poll(() => [...new Set(mayOpen)], soon).toEqual(['window: http://127.0.0.1:4040/'])
    expect(await sum.add({ by: 1 })).toEqual({ ok: true, value: 2 })
  })

  it('is joined to it: calls, streams and long answers go through, to one core', async () => {
    const pages = [pageOn(await open('web')), pageOn(await open('window')), pageOn(await open('command'))]
    for (const [at, { sum }] of pages.entries()) expect(await sum.add({ by: 1 })).toEqual({ ok: true, value: at + 1 })
    expect(cores).toBe(1)
    const [, second] = pages
    const counted: number[] = []
    for await (const item of second?.sum.count({ to: 200 }) ?? []) if (item.ok) counted.push(item.value)
    expect(counted).toEqual(Array.from({ length: 200 }, (_, at) => at + 1))
    const long = await second?.sum.long({ length: 5_000_000 })
    expect(long?.ok && long.value.length).toBe(5_000_000)
  })

  it('gets an error for what is too long to be sent to it, and goes on', async () => {
    await open('web')
    const page = pageOn(await open('command'))
    expect(await page.sum.measure({ text: 'x'.repeat(2 * 1024 * 1024) })).toMatchObject({
      ok: false,
      error: { code: 'invalid_input', message: expect.stringContaining('It was not sent.') },
    })
    expect((await page.sum.add({ by: 1 })).ok).toBe(true)
  })

  it('opens one itself when the other has ended, for pages that come then; earlier ones lose their link', async () => {
    const first = await open('web')
    const second = await open('web')
    expect(second.joined()).toMatchObject({ kind: 'web', title: 'sluice web', process: { pid: process.pid } })
    const page = pageOn(second)
    expect(await page.sum.add({ by: 5 })).toEqual({ ok: true, value: 5 })
    await first.close()
    await vi.waitFor(() => expect(page.isClosed()).toBe(true), soon)
    const again = pageOn(second)
    expect(await again.sum.add({ by: 1 })).toEqual({ ok: true, value: 6 })
    expect(cores).toBe(2)
    expect(second.joined()).toBeUndefined()
    expect(said).toContain(`sluice web (process ${process.pid}) has ended its core.`)
  })

  it('waits for a core that is being opened, and opens its own where that fails', async () => {
    let fail: ((error: Error) => void) | undefined
    const failing = open('web', () => new Promise((_, reject) => (fail = reject)))
    // Its lock is there before it begins to open core.
    await vi.waitFor(() => expect(fail).toBeDefined(), soon)
    const second = open('web')
    const refused = expect(failing).rejects.toThrow('no sandbox')
    fail?.(new ExpectedError({ code: 'failed', message: 'no sandbox', retryable: false }))
    await refused
    expect(await pageOn(await second).sum.add({ by: 1 })).toEqual({ ok: true, value: 1 })
    expect(cores).toBe(1)
  })

  it('a demo beside a demo is refused with who it is; a console waits for a command, whose end is near', async () => {
    const demo = await open('demo')
    await expect(open('demo')).rejects.toMatchObject({
      error: {
        code: 'conflict',
        message: expect.stringContaining(`A demo (sluice demo, process ${process.pid}) has been working on`),
      },
    })
    await demo.close()
    const command = await open('command')
    const web = open('web')
    await vi.waitFor(
      () => expect(said).toContainEqual(expect.stringContaining('Waiting: A command (sluice command, process')),
      soon,
    )
    await command.close()
    expect((await web).joined()).toBeUndefined()
  })

  it('a command that ends lets the ones that joined it finish first', async () => {
    const first = await open('command')
    const second = await open('command')
    const page = pageOn(second)
    expect(await page.sum.add({ by: 1 })).toEqual({ ok: true, value: 1 })
    const ending = first.close()
    expect(await page.sum.add({ by: 1 })).toEqual({ ok: true, value: 2 })
    page.close()
    await second.close()
    await ending
  })
})

describe('the endpoint of core', () => {
  it('says nothing to who has not the secret, and ends the connection', async () => {
    await open('web')
    for (const line of [
      '{"sluice":1,"secret":"x","kind":"web"}\n',
      '{}\n',
      'GET / HTTP/1.1\n',
      '\n',
      '\0\n',
      '{"sluice":1,"secret":7}\n',
    ]) {
      const { socket, closed } = await raw()
      const received: Buffer[] = []
      socket.on('data', piece => received.push(piece))
      socket.write(line)
      await closed
      expect(Buffer.concat(received).toString(), line).toBe('')
    }
  })

  it('ends a link on which no frame comes, or a line without end, while the others go on', async () => {
    const page = pageOn(await open('web'))
    for (const line of [
      '{"t":"start","id":"x"}\n',
      'no json\n',
      '[]\n',
      '{"t":"item","id":1,"value":1}\n',
      'x'.repeat(2 * 1024 * 1024),
    ]) {
      const { socket, closed } = await raw()
      socket.write(await greeting())
      const [welcome] = await once(socket, 'data')
      expect(String(welcome)).toBe('{"state":"open"}\n')
      socket.write(line)
      await closed
      expect((await page.sum.add({ by: 1 })).ok).toBe(true)
    }
  })

  it('takes frames in any pieces, and many in one', async () => {
    await open('web')
    const { socket } = await raw()
    const lines = createInterface({ input: socket })
    const next = async () => JSON.parse(String((await once(lines, 'line'))[0])) as unknown
    const text = `${await greeting()}{"t":"start","id":1,"op":"sum.add","input":{"by":4}}\n`
    const welcome = next()
    for (const character of text.slice(0, -1)) socket.write(character)
    expect(await welcome).toEqual({ state: 'open' })
    const answer = next()
    socket.write('\n')
    expect(await answer).toEqual({ t: 'item', id: 1, value: 4 })
    socket.destroy()
  })

  it('is not ended by clients that reset, one after the other', async () => {
    const page = pageOn(await open('web'))
    for (let round = 0; round < 50; round++) {
      const { socket } = await raw()
      socket.write(round % 2 === 0 ? await greeting() : 'half a li')
      socket.destroy()
    }
    expect((await page.sum.add({ by: 1 })).ok).toBe(true)
  })
})
