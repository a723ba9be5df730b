import { describe, expect, it } from 'vitest'
import {
  backoffMs,
  type Child,
  type Ending,
  MAX_ATTEMPTS,
  reasonOf,
  STABLE_MS,
  type SupervisorTime,
  supervise,
} from '../../../electron/hosts/supervisor.ts'
import type { ProgramState } from '../../../shared/features/programs.ts'

/** A clock that moves only when a test says so. */
function virtualTime() {
  let now = 0
  let timers: { at: number; end: () => void }[] = []
  const turns = async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
  }
  const time: SupervisorTime = {
    now: () => now,
    monotonic: () => now,
    random: () => 1,
    wait: (ms, signal) =>
      new Promise(resolve => {
        if (signal.aborted) return resolve()
        const timer = { at: now + ms, end: resolve }
        timers.push(timer)
        signal.addEventListener('abort', () => {
          timers = timers.filter(other => other !== timer)
          resolve()
        })
      }),
  }
  return {
    time,
    turns,
    async pass(ms: number) {
      const until = now + ms
      for (;;) {
        await turns()
        const next = timers.filter(timer => timer.at <= until).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        timers = timers.filter(timer => timer !== next)
        now = next.at
        next.end()
      }
      now = until
      await turns()
    },
  }
}

/** Programs of a test: each start makes one that is ready, ends and answers when the test says so. */
function programs() {
  const started: {
    end: (how: Ending) => void
    kills: string[]
    answers: boolean
    deaf: boolean
    released: boolean
    ready: () => void
    said: string
  }[] = []
  let refuse: Error | undefined
  let isReadyAtOnce = true
  const start = async (): Promise<Child<string>> => {
    if (refuse) {
      const nothing = () => undefined
      started.push({ end: nothing, kills: [], answers: true, deaf: false, released: false, ready: nothing, said: '' })
      throw refuse
    }
    let end: (how: Ending) => void = () => undefined
    let ready: () => void = () => undefined
    const ended = new Promise<Ending>(resolve => {
      end = resolve
    })
    const isReady = new Promise<string>(resolve => {
      ready = () => resolve(`ready ${started.length}`)
    })
    const program = {
      end,
      kills: [] as string[],
      answers: true,
      deaf: false,
      released: false,
      ready,
      said: '2026-11-30T22:00:00.000Z port 1 is taken',
    }
    started.push(program)
    if (isReadyAtOnce) ready()
    return {
      ready: isReady,
      ended,
      answers: async () => program.answers,
      kill(signal) {
        program.kills.push(signal)
        if (signal === 'SIGKILL' || !program.deaf) end({ code: null, signal })
      },
      release() {
        program.released = true
      },
      logEnd: async () => [program.said],
    }
  }
  return {
    start,
    started,
    last: () => started[started.length - 1] as (typeof started)[number],
    refuse(error: Error | undefined) {
      refuse = error
    },
    neverReady() {
      isReadyAtOnce = false
    },
  }
}

function open(
  how: { firstMustSucceed?: boolean; refused?: string; neverReady?: boolean; endsWhenStopped?: boolean } = {},
) {
  const { time, pass, turns } = virtualTime()
  const made = programs()
  const { firstMustSucceed = false } = how
  if (how.refused !== undefined) made.refuse(new Error(how.refused))
  if (how.neverReady) made.neverReady()
  const states: ProgramState[] = []
  const supervised = supervise({
    name: 'sandbox',
    start: made.start,
    firstMustSucceed,
    time,
    refusedCode: 78,
    endsWhenStopped: how.endsWhenStopped ?? false,
    onState: state => states.push(state),
  })
  return { ...made, supervised, states, pass, turns, state: () => supervised.state() }
}

describe('a program that is kept running', () => {
  it('is started again when it ends, later each time, and given up after eight starts that did not last', async () => {
    const { started, supervised, pass, state, turns } = open()
    await turns()
    expect(await supervised.ready).toBe('ready 1')
    const waits: number[] = []
    for (let death = 1; death < MAX_ATTEMPTS; death++) {
      started.at(-1)?.end({ code: 1, signal: null })
      await turns()
      expect(state()).toMatchObject({ state: 'waiting', attempts: death, reason: 'port 1 is taken' })
      waits.push(Date.parse(state().retryAt ?? '') - Date.parse(state().since))
      await pass(waits.at(-1) ?? 0)
      expect(state().state).toBe('running')
    }
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000])
    started.at(-1)?.end({ code: 1, signal: null })
    await pass(3_600_000)
    expect(started).toHaveLength(MAX_ATTEMPTS)
    expect(state()).toMatchObject({ state: 'failed', attempts: MAX_ATTEMPTS, retryAt: null })
    expect(state().log).toEqual(['2026-11-30T22:00:00.000Z port 1 is taken'])
  })

  it('that was given up is started when somebody asks, and is tried as often again', async () => {
    const { started, refuse, supervised, pass, state, turns } = open({ refused: 'no such program' })
    await pass(3_600_000)
    expect(state()).toMatchObject({ state: 'failed', reason: 'no such program' })
    expect(started).toHaveLength(MAX_ATTEMPTS)
    supervised.retry()
    await turns()
    expect(state()).toMatchObject({ state: 'waiting', attempts: 1 })
    refuse(undefined)
    await pass(1_000)
    expect(state()).toMatchObject({ state: 'running', reason: null, log: [] })
  })

  it('that waits is started at once when somebody asks', async () => {
    const { last, started, supervised, state, turns } = open()
    await turns()
    last().end({ code: null, signal: 'SIGKILL' })
    await turns()
    expect(state()).toMatchObject({ state: 'waiting', reason: 'It was ended by SIGKILL.' })
    supervised.retry()
    await turns()
    expect(state().state).toBe('running')
    expect(started).toHaveLength(2)
  })

  it(
    'that refused to start is not tried again until somebody asks; its reason is whole, its log is cut to what is ' +
      'shown',
    async () => {
      const { last, started, supervised, pass, state, turns } = open()
      await turns()
      last().end({ code: null, signal: 'SIGKILL' })
      await pass(200)
      const reason = `the index is damaged: ${'x'.repeat(500)}. Run sluice repair`
      last().said = reason
      last().end({ code: 78, signal: null })
      await pass(3_600_000)
      expect(started).toHaveLength(2)
      expect(state()).toMatchObject({ state: 'failed', retryAt: null, reason })
      expect(state().log.map(line => line.length)).toEqual([400])
      supervised.retry()
      await turns()
      expect(state().state).toBe('running')
    },
  )

  it('that somebody else stopped ends here, too, where that was asked for; else it is started again', async () => {
    const tied = open({ endsWhenStopped: true })
    await tied.turns()
    tied.last().end({ code: 0, signal: null, stopped: true })
    await tied.pass(60_000)
    expect(tied.state().state).toBe('ended')
    expect(tied.started).toHaveLength(1)
    const kept = open()
    await kept.turns()
    kept.last().end({ code: 0, signal: null, stopped: true })
    await kept.pass(60_000)
    expect(kept.started).toHaveLength(2)
  })

  it('that lasted is started again as for the first time', async () => {
    const { last, pass, state, turns } = open()
    for (let life = 0; life < 3 * MAX_ATTEMPTS; life++) {
      await pass(STABLE_MS + 1_000)
      last().end({ code: 1, signal: null })
      await turns()
      expect(state()).toMatchObject({ state: 'waiting', attempts: 1 })
    }
  })

  it('that must start and does not is reported with its reason, and not tried again', async () => {
    const { supervised, started, pass, state } = open({
      firstMustSucceed: true,
      refused: 'the folder cannot be written',
    })
    const ready = supervised.ready.catch((error: Error) => error.message)
    await pass(60_000)
    expect(await ready).toBe('the folder cannot be written')
    expect(state().state).toBe('failed')
    expect(started).toHaveLength(1)
  })

  it('that does not answer is called silent and left alone, however long; it goes on by itself', async () => {
    const { last, pass, state, started } = open()
    await pass(6_000)
    last().answers = false
    await pass(5_000)
    expect(state().state).toBe('running')
    await pass(5_000)
    expect(state()).toMatchObject({ state: 'silent', log: [expect.any(String)] })
    await pass(3_600_000)
    expect(last().kills).toEqual([])
    last().answers = true
    await pass(5_000)
    expect(state()).toMatchObject({ state: 'running', reason: null })
    expect(started).toHaveLength(1)
  })

  it('that hangs at its start is called silent, too, and is starting when it answers', async () => {
    const { last, pass, state } = open({ neverReady: true })
    await pass(1)
    last().answers = false
    await pass(20_000)
    expect(state().state).toBe('silent')
    last().answers = true
    await pass(5_000)
    expect(state().state).toBe('starting')
    last().ready()
    await pass(1)
    expect(state().state).toBe('running')
  })

  it('that does not answer is killed and started again when somebody asks', async () => {
    const { last, pass, supervised, state, started, turns } = open()
    await pass(1)
    const first = last()
    first.answers = false
    await pass(20_000)
    supervised.retry()
    await turns()
    expect(first.kills).toEqual(['SIGKILL'])
    await pass(1_000)
    expect(started).toHaveLength(2)
    expect(state().state).toBe('running')
  })

  it('that lives on alone is not supervised any more', async () => {
    const { last, pass, supervised, started } = open()
    await pass(1)
    supervised.release()
    expect(last().released).toBe(true)
    await supervised.stop()
    last().end({ code: 1, signal: null })
    await pass(60_000)
    expect(started).toHaveLength(1)
    expect(last().kills).toEqual([])
  })
})

describe('ending a program', () => {
  it.each([
    ['that runs', {}, async ({ pass }: ReturnType<typeof open>) => pass(1), ['SIGTERM']],
    [
      'that does not hear it',
      {},
      async ({ pass, last }: ReturnType<typeof open>) => {
        await pass(1)
        last().deaf = true
      },
      ['SIGTERM', 'SIGKILL'],
    ],
    [
      'that does not answer',
      {},
      async ({ pass, last }: ReturnType<typeof open>) => {
        await pass(1)
        last().deaf = true
        last().answers = false
        await pass(20_000)
      },
      ['SIGTERM', 'SIGKILL'],
    ],
    [
      'that is being started',
      { neverReady: true },
      async ({ pass, last }: ReturnType<typeof open>) => {
        await pass(1)
        last().deaf = true
      },
      ['SIGTERM', 'SIGKILL'],
    ],
    [
      'that waits to be started again',
      {},
      async ({ pass, last, turns }: ReturnType<typeof open>) => {
        await pass(1)
        last().end({ code: 1, signal: null })
        await turns()
      },
      [],
    ],
    ['that was given up', { refused: 'no' }, async ({ pass }: ReturnType<typeof open>) => pass(3_600_000), []],
  ])('%s is over within ten seconds, and nothing is started after it', async (_, how, bring, kills) => {
    const opened = open(how)
    await bring(opened)
    const before = opened.started.length
    let isOver = false
    const stopped = opened.supervised.stop().then(() => {
      isOver = true
    })
    await opened.pass(10_000)
    expect(isOver).toBe(true)
    await stopped
    expect(opened.last().kills).toEqual(kills)
    await opened.pass(3_600_000)
    expect(opened.started).toHaveLength(before)
    expect(opened.state().state).toBe('ended')
  })
})

describe('the wait before the next start', () => {
  it('is drawn between half and whole of what it may be', () => {
    expect(backoffMs(1, () => 0)).toBe(100)
    expect(backoffMs(3, () => 0)).toBe(400)
    expect(backoffMs(3, () => 1)).toBe(800)
    expect(backoffMs(50, () => 1)).toBe(10_000)
  })
})

describe('why a program ended', () => {
  it.each([
    [{ code: null, signal: 'SIGKILL' }, ['all is well'], 'It was ended by SIGKILL.'],
    [{ code: 1, signal: null }, [], 'It ended with exit code 1.'],
    [{ code: 0, signal: null }, ['2026-11-30T22:00:00.000Z stopped'], 'It ended with exit code 0.'],
    [{ code: 1, signal: null }, ['before', '2026-11-30T22:00:00.000Z Port 1 is taken.'], 'Port 1 is taken.'],
    [
      { code: 1, signal: null },
      [
        'file:///sluice/a.ts:3',
        '    throw new Error("x")',
        '    ^',
        'Error: the journal is damaged',
        '    at a (file:///a.ts:3:1)',
        'Node.js v24.1.0',
      ],
      'Error: the journal is damaged',
    ],
  ] as const)('is its own last words, else what is known: %j', (how, log, reason) => {
    expect(reasonOf(how, log)).toBe(reason)
  })
})
