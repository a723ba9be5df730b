import { z } from 'zod'
import { operation } from '../../server/json-protocol.ts'
import { StepState } from '../cluster.ts'
import { stepShape } from '../describe.ts'
import { page } from '../paging.ts'
import { type EmrState, findCluster, invalidRequest } from '../state.ts'

const MAX_STEP_IDS = 10

/** Newest first; steps that are asked for by id come in the order asked for. */
export const listSteps = operation({
  name: 'ListSteps',
  input: z.object({
    ClusterId: z.string(),
    StepStates: z.array(StepState).optional(),
    StepIds: z.array(z.string()).optional(),
    Marker: z.string().optional(),
  }),
  run(state: EmrState, { ClusterId, StepStates, StepIds, Marker }) {
    const { steps } = findCluster(state, ClusterId)
    const wanted = new Set(StepStates)
    const fits = (step: { state: StepState }) => wanted.size === 0 || wanted.has(step.state)
    if (StepIds && StepIds.length > 0) {
      if (StepIds.length > MAX_STEP_IDS)
        throw invalidRequest(`The number of step ids cannot be more than ${MAX_STEP_IDS}.`)
      const found = StepIds.map(id => {
        const step = steps.find(entry => entry.id === id)
        if (!step) throw invalidRequest(`Step id '${id}' is not valid.`)
        return step
      })
      return { Steps: found.filter(fits).map(stepShape) }
    }
    const rest = page(steps.toReversed(), step => step.id, Marker, Number.MAX_SAFE_INTEGER)
    const { items, marker } = page(rest.items.filter(fits), step => step.id, undefined)
    return { Steps: items.map(stepShape), Marker: marker }
  },
})
