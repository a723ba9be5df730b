import { z } from 'zod'
import { SourceWords } from '../pipelines/source-words.ts'
import { call } from '../rpc/contract.ts'

/** What every state of a spec has: the path of its file, and the folder that a user added, if it is of one. */
const place = { file: z.string(), folder: z.string().nullable() }
const said = { id: z.string(), title: z.string(), description: z.string() }

const ReadyPipeline = z.object({
  state: z.literal('ready'),
  ...said,
  ...place,
  /** What its events are called, one and several, and the fields that identify one. */
  event: z.object({ noun: z.string(), plural: z.string(), key: z.array(z.string()) }),
  /** What its source calls its parts. */
  words: SourceWords,
  /** The table that its job loads. */
  table: z.string(),
  /** A query over its tables to begin with. */
  firstQuery: z.string().nullable(),
})
export type ReadyPipeline = z.infer<typeof ReadyPipeline>

/** One spec: a pipeline that can run, one that asks for what is not built yet, or a file that cannot be read. */
export const PipelineEntry = z.discriminatedUnion('state', [
  ReadyPipeline,
  /** `missing`: each kind of part that is not built yet, as a phrase. */
  z.object({ state: z.literal('incomplete'), ...said, ...place, missing: z.array(z.string()).min(1) }),
  z.object({ state: z.literal('unreadable'), ...place, problem: z.string() }),
])
export type PipelineEntry = z.infer<typeof PipelineEntry>

/** A folder of a user's own specs. */
export const SpecFolderState = z.object({
  path: z.string(),
  /** Whether it is read again by the next program on this data folder; else it was named for this one only. */
  kept: z.boolean(),
  /** Why it cannot be read; null when it can. */
  problem: z.string().nullable(),
})
export type SpecFolderState = z.infer<typeof SpecFolderState>

export const PipelineList = z.object({ pipelines: z.array(PipelineEntry), folders: z.array(SpecFolderState) })
export type PipelineList = z.infer<typeof PipelineList>

const Path = z.string().trim().min(1).max(4_096)

export const pipelinesContract = {
  /** All specs, the program's own first, as their files are now. */
  list: call(z.strictObject({}), PipelineList),
  /** Adds a folder of specs, by its absolute path; `keep` makes it a setting of the data folder. */
  addFolder: call(z.strictObject({ path: Path, keep: z.boolean() }), PipelineList),
  /** Forgets a folder of specs. The folder itself, and what was made for its pipelines, stay. */
  removeFolder: call(z.strictObject({ path: Path }), PipelineList),
}

export const isReady = (entry: PipelineEntry): entry is ReadyPipeline => entry.state === 'ready'

/** The pipeline that is meant where none is named: the first that can run. */
export const defaultPipeline = (entries: readonly PipelineEntry[]): ReadyPipeline | undefined => entries.find(isReady)
