import { describe, expect, it } from 'vitest'
import { createCleanUp } from '../../bench/against/clean-up.ts'
import { compare, orderOf } from '../../bench/against/ratio.ts'
import { withValues } from '../../bench/against/steps.ts'

describe('the comparison of two revisions', () => {
  it('takes the ratio of each pair of rounds, so that a round that was slow for both changes nothing', () => {
    const { here, against, ratio } = compare('f', 'ms', [2, 20, 4], [1, 10, 2])
    expect(here.median).toBe(4)
    expect(against.median).toBe(2)
    expect(ratio).toEqual({ median: 2, lowerQuartile: 2, upperQuartile: 2, least: 2, most: 2, rounds: 3 })
  })

  it('gives the spread as the middle half of the ratios and as the least and the greatest', () => {
    const { ratio } = compare('f', 'ms', [1, 2, 3, 4, 5], [1, 1, 1, 1, 1])
    expect(ratio).toEqual({ median: 3, lowerQuartile: 2, upperQuartile: 4, least: 1, most: 5, rounds: 5 })
  })

  it('is refused when the sides were not measured alike often', () => {
    expect(() => compare('f', 'ms', [1, 2], [1])).toThrow('make no pairs')
    expect(() => compare('f', 'ms', [], [])).toThrow('make no pairs')
  })

  it('lets each side go first in every other round', () => {
    expect([0, 1, 2, 3].map(round => orderOf(['A', 'B'], round).join(''))).toEqual(['AB', 'BA', 'AB', 'BA'])
  })

  it('gives a step other values of its arguments, and refuses when it has no such argument', () => {
    expect(withValues(['job', '--trigger-ms', '1000'], { '--trigger-ms': '0' })).toEqual(['job', '--trigger-ms', '0'])
    expect(() => withValues(['job'], { '--trigger-ms': '0' })).toThrow('The step has no --trigger-ms')
  })
})

describe('the clean-up of a comparison', () => {
  it('undoes what is left in reverse order, each once, and what was undone earlier not again', async () => {
    const undone: string[] = []
    const cleanUp = createCleanUp(() => undefined)
    await cleanUp.add(() => undone.push('worktree'))
    const stop = await cleanUp.add(() => undone.push('process'))
    await cleanUp.add(() => undone.push('folder'))
    await stop()
    await stop()
    await Promise.all([cleanUp.run(), cleanUp.run()])
    expect(undone).toEqual(['process', 'folder', 'worktree'])
  })

  it('goes on when one of them fails, and says why it failed', async () => {
    const [undone, failures]: [string[], string[]] = [[], []]
    const cleanUp = createCleanUp(error => failures.push(error.message))
    await cleanUp.add(() => undone.push('first'))
    await cleanUp.add(async () => {
      throw new Error('no')
    })
    await cleanUp.run()
    expect({ undone, failures }).toEqual({ undone: ['first'], failures: ['no'] })
  })

  it('undoes at once what is started after an interrupt, and lets nothing go on', async () => {
    const undone: string[] = []
    const cleanUp = createCleanUp(() => undefined)
    await cleanUp.run()
    await expect(cleanUp.add(() => undone.push('late'))).rejects.toThrow('interrupted')
    expect(undone).toEqual(['late'])
    expect(cleanUp.signal.aborted).toBe(true)
  })
})
