import { join } from 'node:path'
import { CreateRoleCommand } from '@aws-sdk/client-iam'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { openSandbox } from '../../../electron/sandbox/sandbox.ts'
import { isOver, type SimulatorStatus } from '../../../shared/features/simulator.ts'
import type { Result } from '../../../shared/rpc/contract.ts'
import { processTimes } from '../../../shared/time/times.ts'
import { careUnderTest } from '../../fixture/care-under-test.ts'
import { clientsOfTest } from '../../fixture/clients-of-test.ts'
import {
  ACCESS_KEY,
  foodDelivery,
  openCore,
  openSandboxHere,
  SCOPE,
  sandboxTarget,
  value,
} from '../../fixture/open-core.ts'
import { smallDisk } from '../../fixture/small-disk.ts'
import { NO_SPARK } from '../../fixture/spark.ts'
import { waiting } from '../../fixture/waiting.ts'

const disk = smallDisk(16)
afterAll(() => disk?.remove())

const MIX = { seed: 1, duplicatesPercent: 0, invalidPercent: 0, latePercent: 0 }

describe.skipIf(!disk)('while the disk is full (needs the right to mount)', () => {
  it('a start of the simulator waits for room, and a second start is refused once the first runs', async () => {
    if (!disk) return
    const sandbox = await openSandboxHere()
    const lines: string[] = []
    const target = sandboxTarget(sandbox.endpoint)
    const core = openCore({ target, spec: await foodDelivery(), folder: disk.path, log: line => lines.push(line) })
    try {
      const start = () =>
        core.simulator.start({
          ...SCOPE,
          options: { mix: MIX, profile: { kind: 'constant', perSecond: 10 }, events: 1_000 },
        })
      value(await core.simulator.status(SCOPE))
      disk.fill()
      const ended: Result<SimulatorStatus>[] = []
      const starts = [start(), start()].map(started => started.then(result => void ended.push(result)))
      await vi.waitFor(() => expect(lines.join('\n')).toContain('is full (ENOSPC'), waiting)
      expect(ended).toEqual([])
      disk.free()
      await Promise.all(starts)
      expect(ended.filter(result => result.ok).map(({ value }) => isOver(value.state))).toEqual([false])
      expect(ended.find(result => !result.ok)?.error).toMatchObject({ code: 'conflict' })
    } finally {
      disk.free()
      await core.close()
      await sandbox.close()
    }
  })

  it('a call that the sandbox could not do is made again until there is room', async () => {
    if (!disk) return
    const care = careUnderTest({ dir: disk.path })
    const sandbox = await openSandbox({
      dir: join(disk.path, 'sandbox'),
      port: 0,
      limits: false,
      ...processTimes,
      access: { key: ACCESS_KEY, anyKey: false, checkSignatures: true, now: Date.now },
      log: () => undefined,
      care: { ...care.care, now: Date.now },
      stepCommands: {},
      findSpark: NO_SPARK,
    })
    const aws = clientsOfTest(sandboxTarget(sandbox.endpoint), ACCESS_KEY)
    try {
      disk.fill()
      const trust = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }
      const created = aws.iam.send(
        new CreateRoleCommand({
          RoleName: 'r',
          AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
        }),
      )
      let isDone = false
      const over = () => {
        isDone = true
      }
      created.then(over, over)
      await vi.waitFor(() => expect(care.notices.map(notice => notice.state)).toEqual(['bad']), waiting)
      // Longer than the three attempts of the SDK take.
      await new Promise(resolve => setTimeout(resolve, 5_000))
      expect(isDone).toBe(false)
      disk.free()
      expect((await created).Role?.RoleName).toBe('r')
    } finally {
      disk.free()
      aws.close()
      await sandbox.close()
    }
  })
})
