import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { AttachRolePolicyCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resourcesOf } from '../../electron/core/provision/provision.ts'
import { inOrder, type Resource } from '../../electron/core/provision/resource.ts'
import { actionsOf, CALLS, type Service } from '../../electron/core/targets/calls.ts'
import type { AwsClients } from '../../electron/core/targets/clients.ts'
import { type Called, checkRequests } from '../fixture/check-requests.ts'
import { openCoreHere } from '../fixture/open-core.ts'
import { temporaryFolder } from '../fixture/sluice.ts'

const { signal } = new AbortController()
const actionsOfCall = ({ service, operation }: Called): string[] => actionsOf(service as Service, operation)
const sorted = (actions: Iterable<string>): string[] => [...new Set(actions)].sort()

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let resources: Resource[]
/** What was called, by the resource and what was done with it. */
let called: Map<string, Called[]>

/** Reads, makes and removes each resource by itself, and keeps apart what was sent for it. */
beforeAll(async () => {
  folder = await temporaryFolder()
  const [now, kept] = ['now', 'kept'].map(name => join(folder.path, name)) as [string, string]
  await mkdir(now)
  await mkdir(kept)
  const pipeline = await openCoreHere({ recordIn: now })
  const keep = async (name: string, index: number) => {
    await rename(now, join(kept, `${index}-${name}`))
    await mkdir(now)
  }
  try {
    resources = inOrder(await resourcesOf(pipeline.context, { limit: { limit: { hours: 4 } } }))
    for (const [index, resource] of resources.entries()) {
      await resource.read(signal, true)
      await drain(resource.create(signal))
      await keep('create', index)
      expect(await resource.read(signal, true), resource.id).toBeDefined()
      await keep('read', index)
    }
    for (const [index, resource] of [...resources.entries()].reverse()) {
      await leaveBehind(pipeline.aws, resource)
      await drain(resource.destroy(signal))
      await keep('destroy', index)
    }
  } finally {
    await pipeline.close()
  }
  const checked = await checkRequests(kept)
  expect(checked.lines).toHaveLength(1)
  called = new Map()
  for (const call of checked.called) called.set(call.folder, [...(called.get(call.folder) ?? []), call])
})
afterAll(() => folder.remove())

/** What others may have put there, and what is removed with it. */
async function leaveBehind({ s3, iam }: AwsClients, { kind, name }: Resource): Promise<void> {
  if (kind === 'bucket') {
    await s3.send(new PutObjectCommand({ Bucket: name, Key: 'left', Body: 'behind' }))
    await s3.send(new CreateMultipartUploadCommand({ Bucket: name, Key: 'begun' }))
  }
  if (kind !== 'role') return
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' }],
  })
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'others', PolicyDocument }))
  await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }))
}

async function drain(work: AsyncIterable<string>): Promise<void> {
  for await (const _ of work);
}

const callsOf = (resource: Resource, way: string) => called.get(`${resources.indexOf(resource)}-${way}`) ?? []

describe('the permissions that a plan declares are those of the calls that are made', () => {
  it('when a resource is read', () => {
    for (const resource of resources) {
      const calls = callsOf(resource, 'read').flatMap(actionsOfCall)
      // Steps are listed only where a cluster is to be replaced.
      const declared = resource.permissions.read.filter(action => action !== 'elasticmapreduce:ListSteps')
      expect(sorted(calls), resource.id).toEqual(sorted(declared))
    }
  })

  it('when a resource is made', () => {
    for (const resource of resources) {
      const { read, create } = resource.permissions
      const calls = callsOf(resource, 'create').flatMap(actionsOfCall)
      expect(sorted(calls.filter(action => !read.includes(action))), resource.id).toEqual(
        sorted(create.filter(action => !read.includes(action))),
      )
    }
  })

  it('when a resource is removed', () => {
    for (const resource of resources) {
      const { read, destroy } = resource.permissions
      const calls = callsOf(resource, 'destroy').flatMap(actionsOfCall)
      expect(sorted(calls.filter(action => !read.includes(action))), resource.id).toEqual(
        sorted(destroy.filter(action => !read.includes(action))),
      )
    }
  })
})

describe('the list of calls is that of the plan', () => {
  const listed = (...purposes: string[]) =>
    sorted(
      (Object.keys(CALLS) as Service[]).flatMap(service =>
        Object.entries(CALLS[service])
          .filter(([, of]) => of.some(purpose => purposes.includes(purpose)))
          .flatMap(([operation]) => actionsOf(service, operation)),
      ),
    )
  /** Each difference that a resource may have, one at a time, in both directions. */
  const ofChanges = ({ must, permissions }: Resource) =>
    Object.entries(must).flatMap(([member, value]) => [
      ...permissions.change([{ member, is: 'not set', must: value }]),
      ...permissions.change([{ member, is: 'arn:aws:iam::aws:policy/Other', must: value }]),
      ...permissions.change([{ member, is: '9000 h', must: value }]),
    ])

  it('for what reads, changes and removes', () => {
    // The sandbox runs the job on packages of this machine: a cluster's bootstrap actions are read on AWS.
    const reading = resources.flatMap(({ permissions }) => permissions.read)
    expect(listed('plan')).toEqual(sorted([...reading, 'elasticmapreduce:ListBootstrapActions']))
    const making = resources.flatMap(resource => [...resource.permissions.create, ...ofChanges(resource)])
    expect(listed('apply')).toEqual(sorted(making))
    expect(listed('destroy')).toEqual(sorted(resources.flatMap(({ permissions }) => permissions.destroy)))
  })
})
