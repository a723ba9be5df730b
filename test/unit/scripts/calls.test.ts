import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { actionsOf, CALLS, type Service } from '../../../electron/core/targets/calls.ts'
import { changeIn } from '../../../electron/core/targets/read-only.ts'
import { listOfCalls } from '../../../scripts/list-of-calls.ts'
import { differences } from '../../../scripts/test-requests.ts'
import { foodDelivery } from '../../fixture/open-core.ts'

const calls = (Object.keys(CALLS) as Service[]).flatMap(service =>
  Object.entries(CALLS[service]).map(([operation, purposes]) => ({ service, operation, purposes })),
)
const names = calls.map(({ service, operation }) => `${service} ${operation}`)

describe('the list of the calls to AWS', () => {
  it('is the one in docs/aws-calls.md', () => {
    expect(readFileSync('docs/aws-calls.md', 'utf8')).toBe(listOfCalls())
  })

  it('does not hold with a call more or a call less than was recorded', () => {
    expect(differences(names)).toEqual([])
    expect(differences([...names, 'kinesis DeregisterStreamConsumer'])).toEqual([
      'kinesis DeregisterStreamConsumer is called, and electron/core/targets/calls.ts does not say what for.',
    ])
    expect(differences(names.slice(1))).toEqual([
      `${names[0]} is in electron/core/targets/calls.ts, and no test made Sluice call it.`,
    ])
  })

  it('has nothing for watching or planning that a read-only target refuses', async () => {
    for (const { operation, purposes } of calls)
      if (purposes.includes('watch') || purposes.includes('plan'))
        expect(await changeIn(operation, { Sql: 'select 1' }, 'closely'), operation).toBeUndefined()
  })

  it('has nothing for the job that the policy of its instances does not allow', async () => {
    const { roles } = await foodDelivery()
    const allowed = roles.emrInstances.statements.flatMap(({ actions }) => actions)
    const needed = calls
      .filter(({ purposes }) => purposes.includes('job'))
      .flatMap(({ service, operation }) => actionsOf(service, operation))
      // The job names no versions of what it deletes.
      .filter(action => action !== 's3:DeleteObjectVersion')
    expect(needed.filter(action => !allowed.includes(action))).toEqual([])
  })
})
