import { DescribeStreamSummaryCommand, IncreaseStreamRetentionPeriodCommand } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, DeleteBucketCommand, ListBucketsCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAccessKey } from '../../electron/hosts/sandbox/access-key.ts'
import type { Plan } from '../../shared/features/provision.ts'
import { clientsOfTest } from '../fixture/clients-of-test.ts'
import { CTRL_C, sluiceOnTerminal } from '../fixture/on-terminal.ts'
import { sandboxTarget } from '../fixture/open-core.ts'
import { type Finished, runSluice, startSluice, temporaryFolder } from '../fixture/sluice.ts'

const StreamName = 'incoming-food-order-data'
const COUNT = 11

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let sandbox: ReturnType<typeof startSluice>
let aws: ReturnType<typeof clientsOfTest>

/** One sandbox from nothing to a pipeline and back: each test goes on from the one before. */
beforeAll(async () => {
  folder = await temporaryFolder()
  sandbox = startSluice(['sandbox', '--data', folder.path])
  const printed = await sandbox.prints('AWS_ENDPOINT_URL=')
  const [, endpoint = ''] = /AWS_ENDPOINT_URL=(\S+)/.exec(printed) ?? []
  aws = clientsOfTest(sandboxTarget(endpoint), await readAccessKey(folder.path))
})
afterAll(async () => {
  aws.close()
  sandbox.child.kill('SIGINT')
  await sandbox.finished
  await folder.remove()
})

interface OutcomeJson {
  done: string[]
  skipped: string[]
  notBegun: string[]
  underWay: string | null
}
const sluice = (...args: string[]) => runSluice([...args, '--data', folder.path])
const onTerminal = (args: string[], question: string, typed: string) =>
  sluiceOnTerminal([...args, '--data', folder.path], [[question, typed]])
const plan = async () => (await sluice('plan', '--json')).json as Plan
const actions = async () => new Set((await plan()).changes.map(change => change.action))
const buckets = async () => (await aws.s3.send(new ListBucketsCommand({}))).Buckets?.length
const retention = async () => {
  const { StreamDescriptionSummary } = await aws.kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))
  return StreamDescriptionSummary?.RetentionPeriodHours
}

function ended({ exitCode, stderr }: Finished, code: number): void {
  expect(exitCode, stderr).toBe(code)
}

describe('sluice apply', () => {
  it('says in its help what each exit code means, as destroy does', async () => {
    for (const command of ['apply', 'destroy']) {
      const { stdout } = await runSluice([command, '--help'])
      for (const code of [0, 1, 2, 3, 4, 130]) expect(stdout).toMatch(new RegExp(`^ {2}${code} +\\w`, 'm'))
    }
  })

  it('on a terminal shows the plan and asks: anything but yes, and Ctrl-C, change nothing', async () => {
    const question = 'Apply 11 changes? Type yes: '
    const declined = await onTerminal(['apply'], question, 'no\r')
    expect(declined).toMatchObject({ exitCode: 4, screen: expect.stringContaining('Declined. Nothing was changed.') })
    expect(declined.screen).toContain('kinesis:CreateStream')
    expect((await onTerminal(['apply'], question, CTRL_C)).exitCode).toBe(130)
    expect(await buckets()).toBe(0)
  })

  it('without a terminal changes nothing unless that is agreed to', async () => {
    const asked = await sluice('apply', '--json')
    ended(asked, 4)
    expect(asked.stderr).toContain('There is no terminal to ask on. To apply this plan, give --yes.')
    expect(asked.json).toMatchObject({ state: 'unconfirmed', done: [] })
    expect(await buckets()).toBe(0)
  })

  it('of a plan that nobody was shown ends with exit code 1, and of what is no id with 2', async () => {
    const unknown = await sluice('apply', '--plan', '0123456789ab')
    ended(unknown, 1)
    expect(unknown.stderr).toContain('No plan 0123456789ab is kept of this pipeline')
    ended(await sluice('apply', '--plan', 'newest'), 2)
  })

  it('of a plan that something changed after ends with exit code 3, says what, and changes nothing', async () => {
    const { id, changes } = await plan()
    const Bucket = changes[0]?.name
    await aws.s3.send(new CreateBucketCommand({ Bucket }))
    const stale = await sluice('apply', '--plan', id, '--json')
    ended(stale, 3)
    expect(stale.stderr).toContain('What is there has changed since the plan was shown (1 of 11). Nothing was changed.')
    expect(stale.stderr).toContain(`bucket:${Bucket}: was create, now change`)
    expect(stale.json).toMatchObject({ plan: id, state: 'changed_since', done: [], error: { reason: 'changed_since' } })
    expect(await buckets()).toBe(1)
    await aws.s3.send(new DeleteBucketCommand({ Bucket }))
  })

  it('that is interrupted says what was done and what was not begun, and the next plan sees the same', async () => {
    const running = startSluice(['apply', '--yes', '--json', '--data', folder.path])
    await running.says('✓ Create bucket')
    running.child.kill('SIGINT')
    const stopped = await running.finished
    ended(stopped, 130)
    const { done, notBegun, underWay } = stopped.json as OutcomeJson
    expect(stopped.stderr).toContain('The plan was cancelled.')
    expect(stopped.stderr).toContain(`Done: ${done.join(', ')}.`)
    expect(stopped.stderr).toContain(`Not begun: ${notBegun.join(', ')}.`)
    expect(done.length + notBegun.length + (underWay === null ? 0 : 1)).toBe(COUNT)
    expect(notBegun.length).toBeGreaterThan(0)
    const actionOf = new Map((await plan()).changes.map(change => [change.id, change.action]))
    expect(new Set(done.map(id => actionOf.get(id)))).toEqual(new Set(['keep']))
    expect(new Set(notBegun.map(id => actionOf.get(id)))).toEqual(new Set(['create']))
  })

  it('does the plan that was shown, a line a resource, and a second time it changes nothing', async () => {
    const shown = await sluice('plan')
    const [, id = '', toDo] = /^plan ([0-9a-f]{12}): (\d+) to apply, 0 left alone/m.exec(shown.stdout) ?? []
    expect(shown.stdout).toContain(`sluice apply --plan ${id} --pipeline food-delivery --data ${folder.path}`)
    const first = await sluice('apply', '--plan', id)
    ended(first, 0)
    expect(first.stdout.match(/^ {2}[✓–] (Create|Change|Keep) /gm)).toHaveLength(COUNT)
    expect(first.stdout).toContain(`Plan ${id} is applied: ${toDo} changed, ${COUNT - Number(toDo)} left as they were.`)
    const second = await sluice('apply', '--json')
    ended(second, 0)
    expect(second.json).toMatchObject({ state: 'done', done: [], left: [], underWay: null, notBegun: [] })
    expect((second.json as OutcomeJson).skipped).toHaveLength(COUNT)
  })

  it('takes nothing away without its name: neither by --yes nor by a plan that was shown', async () => {
    await aws.kinesis.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 48 }))
    const { id } = await plan()
    for (const wrong of [['--yes'], ['--plan', id, '--confirm', 'food-delivery']]) {
      const refused = await sluice('apply', ...wrong)
      ended(refused, 4)
      expect(refused.stderr).toContain(`give --confirm ${StreamName}. Nothing was changed.`)
    }
    const demo = await sluice('demo', '--json')
    ended(demo, 1)
    expect(demo.stderr).toContain('Begin in a new folder: sluice demo --data FOLDER.')
    expect(demo.stderr).toContain(`apply with "sluice apply --data ${folder.path}", which asks for the names`)
    const typing = `Type ${StreamName} to confirm what it takes away: `
    const wrong = await onTerminal(['apply'], typing, 'food-delivery\r')
    expect(wrong.exitCode).toBe(4)
    expect(wrong.screen).toContain('Records older than 24 h can no longer be read')
    expect(wrong.screen).toContain(`"food-delivery" is not ${StreamName}. Nothing was changed.`)
    expect(await retention()).toBe(48)
    expect((await onTerminal(['apply', '--plan', id], typing, `${StreamName}\r`)).exitCode).toBe(0)
    expect(await retention()).toBe(24)
  })
})

describe('sluice destroy', () => {
  it('on a terminal lists what it would remove; another name and Ctrl-C remove nothing', async () => {
    const wrong = await onTerminal(['destroy'], 'Type food-delivery to destroy it: ', 'food\r')
    expect(wrong.exitCode).toBe(4)
    expect(wrong.screen).toContain(`  stream:${StreamName}`)
    expect(wrong.screen).toContain('Nothing was removed.')
    expect((await onTerminal(['destroy'], 'to destroy it: ', CTRL_C)).exitCode).toBe(130)
    expect(await actions()).toEqual(new Set(['keep']))
  })

  it('that is interrupted says what was removed, and the next one removes the rest', async () => {
    const running = startSluice(['destroy', '--name', 'food-delivery', '--json', '--data', folder.path])
    await running.says('✓ Destroy cluster')
    running.child.kill('SIGINT')
    const stopped = await running.finished
    ended(stopped, 130)
    expect(stopped.stderr).toMatch(/^Done: cluster:food-delivery/m)
    expect((stopped.json as OutcomeJson).notBegun.length).toBeGreaterThan(0)
    const rest = await onTerminal(['destroy'], 'to destroy it: ', 'food-delivery\r')
    expect(rest).toMatchObject({ exitCode: 0, screen: expect.stringContaining('food-delivery is destroyed: ') })
    expect(await actions()).toEqual(new Set(['create']))
  })
})
