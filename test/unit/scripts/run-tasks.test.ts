import { describe, expect, it } from 'vitest'
import { type Counts, check, runTasks, type Task } from '../../../scripts/run-tasks.ts'

const ONE: Counts = { passed: 1, failed: 0, skipped: 0 }

/** Tasks that end when the test says so. */
function controlled(...tasks: (Omit<Task, 'run'> & { counts?: Counts })[]) {
  const events: string[] = []
  const end = new Map<string, () => void>()
  return {
    events,
    /** Ends a task, and lets those that waited for it start. */
    async end(name: string) {
      end.get(name)?.()
      await new Promise(resolve => setImmediate(resolve))
    },
    tasks: tasks.map(
      ({ counts = ONE, ...task }): Task => ({
        ...task,
        run: () => {
          events.push(task.name)
          return new Promise(resolve => end.set(task.name, () => resolve(counts)))
        },
      }),
    ),
  }
}

describe('the tasks of npm test', () => {
  it('run side by side as far as there are places, each when what it needs has ended', async () => {
    const { events, end, tasks } = controlled(
      { name: 'a', places: 1 },
      { name: 'b', places: 1, needs: ['a'] },
      { name: 'c', places: 1 },
      { name: 'd', places: 1 },
    )
    const all = runTasks(tasks, 2, () => undefined)
    expect(events).toEqual(['a', 'c'])
    await end('c')
    expect(events).toEqual(['a', 'c', 'd'])
    await end('a')
    expect(events).toEqual(['a', 'c', 'd', 'b'])
    await end('d')
    await end('b')
    expect(await all).toEqual({ passed: 4, failed: 0, skipped: 0, failures: [] })
  })

  it('keep places for one that needs several, so that small ones behind it do not hold it up', async () => {
    const { events, end, tasks } = controlled(
      { name: 'a', places: 1 },
      { name: 'large', places: 2 },
      { name: 'c', places: 1 },
    )
    const all = runTasks(tasks, 2, () => undefined)
    expect(events).toEqual(['a'])
    await end('a')
    expect(events).toEqual(['a', 'large'])
    await end('large')
    await end('c')
    expect((await all).passed).toBe(3)
  })

  it('are all counted and named when one fails or throws, and what needs it runs all the same', async () => {
    const lines: string[] = []
    const tasks: Task[] = [
      { name: 'throws', places: 1, run: () => Promise.reject(new Error('no report')) },
      { name: 'fails', places: 1, needs: ['throws'], run: async () => ({ passed: 2, failed: 3, skipped: 1 }) },
      { name: 'names', places: 1, run: async () => ({ passed: 0, failed: 1, skipped: 0, failures: ['a test'] }) },
    ]
    expect(await runTasks(tasks, 1, line => lines.push(line))).toEqual({
      passed: 2,
      failed: 5,
      skipped: 1,
      failures: ['throws', 'fails', 'names: a test'],
    })
    expect(lines.join('\n')).toContain('throws: Error: no report')
    expect(lines.filter(line => line.startsWith('FAILED: '))).toHaveLength(3)
  })

  it('are refused when one needs what is not there, or two need each other', async () => {
    const none = () => Promise.resolve(ONE)
    await expect(runTasks([{ name: 'a', needs: ['x'], places: 1, run: none }], 1, () => undefined)).rejects.toThrow(
      'a needs x, which is no task',
    )
    const circle: Task[] = [
      { name: 'a', needs: ['b'], places: 1, run: none },
      { name: 'b', needs: ['a'], places: 1, run: none },
    ]
    await expect(runTasks(circle, 1, () => undefined)).rejects.toThrow('Tasks need each other: a, b')
  })

  it('print what their programs say, on both outputs, and count a program that failed', async () => {
    const lines: string[] = []
    const script = "process.stdout.write('out\\n'); process.stderr.write('err\\n'); process.exit(1)"
    expect(await check(line => lines.push(line), process.execPath, ['-e', script])).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
    })
    expect(lines.sort()).toEqual(['err', 'out'])
  })
})
