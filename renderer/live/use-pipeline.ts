import { isReady, type ReadyPipeline } from '../../shared/features/pipelines.ts'
import { SOURCE_WORDS, type SourceWords } from '../../shared/pipelines/source-words.ts'
import { useLive } from './live.ts'
import { usePipelines } from './pipelines.ts'

/** The pipeline that is shown, as far as it can run; undefined while that is not known. */
export function usePipeline(): ReadyPipeline | undefined {
  const id = useLive(live => live.scope.pipeline)
  const list = usePipelines(pipelines => pipelines.list)
  return list?.pipelines.filter(isReady).find(entry => entry.id === id)
}

const UNKNOWN = { noun: 'event', plural: 'events' }

/** What its events are called: `order`, `orders`. */
export function useEventWords(): { noun: string; plural: string } {
  return usePipeline()?.event ?? UNKNOWN
}

/** What the parts of its stream are called: `shard`, `shards`; while that is not known, what they are anywhere. */
export function useWords(): SourceWords {
  return usePipeline()?.words ?? SOURCE_WORDS.kafka
}

/** As a title has it: `Orders`. */
export const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
