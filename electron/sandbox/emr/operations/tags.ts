import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { type EmrState, findCluster, invalidRequest } from '../state.ts'
import { checkTags, TagInput } from '../tag-input.ts'

export const addTags = operation({
  name: 'AddTags',
  input: z.object({ ResourceId: z.string(), Tags: z.array(TagInput).min(1) }),
  run(state: EmrState, { ResourceId, Tags }) {
    const cluster = findCluster(state, ResourceId)
    const tags = checkTags(Tags, invalidRequest)
    checkTags([...cluster.tags.filter(tag => !tags.some(added => added.Key === tag.Key)), ...tags], invalidRequest)
    state.change(cluster.id, { kind: 'tagged', tags })
  },
})

export const removeTags = operation({
  name: 'RemoveTags',
  input: z.object({ ResourceId: z.string(), TagKeys: z.array(z.string()).min(1) }),
  run(state: EmrState, { ResourceId, TagKeys }) {
    state.change(findCluster(state, ResourceId).id, { kind: 'untagged', keys: TagKeys })
  },
})
