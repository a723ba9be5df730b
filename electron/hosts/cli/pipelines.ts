import type { PipelineEntry, PipelineList } from '../../../shared/features/pipelines.ts'
import { strictCare } from '../../../shared/state/damage.ts'
import { createCatalog } from '../../core/pipelines/catalog.ts'
import { keptFolders } from '../../core/pipelines/kept-folders.ts'
import { systemClock } from '../clock.ts'
import { coreFolder, dataFolder } from '../data-folder.ts'
import { builtInSpecs, openSpecFolder } from '../spec-folder.ts'
import type { CommonOptions } from './on-folder.ts'

/**
 * `sluice pipelines`: what the files say now. No core and no sandbox is needed for it, so a spec can be tried while it
 * is written. Exit code 1 when one cannot be read.
 */
export async function runPipelines(options: CommonOptions): Promise<number> {
  const data = dataFolder(options.data, process.env, process.platform)
  const care = strictCare(systemClock.now, line => process.stderr.write(`${line}\n`))
  // One that is not there is an error here, and not a line of the list.
  for (const path of options.pipelines) await openSpecFolder(path)
  const list = await createCatalog({
    builtIn: builtInSpecs,
    openFolder: openSpecFolder,
    given: options.pipelines,
    kept: keptFolders(coreFolder(data), care),
  }).list()
  process.stdout.write(options.json ? `${JSON.stringify(list)}\n` : `${pipelineLines(list).join('\n')}\n`)
  return list.pipelines.some(({ state }) => state === 'unreadable') ? 1 : 0
}

/** What `sluice pipelines` prints. */
export const pipelineLines = ({ pipelines, folders }: PipelineList): string[] => [
  ...pipelines.flatMap(entryLines),
  ...folders.map(({ path, kept, problem }) =>
    problem === null ? `folder ${path}${kept ? '' : ' (for this command)'}` : `✗ folder ${path}: ${problem}`,
  ),
]

function entryLines(entry: PipelineEntry): string[] {
  if (entry.state === 'unreadable') return [`✗ ${entry.file}`, ...entry.problem.split('\n').map(line => `    ${line}`)]
  const head = `${entry.state === 'ready' ? '✓' : '○'} ${entry.id}: ${entry.title}`
  return [
    head,
    `    ${entry.description}`,
    `    ${entry.file}`,
    ...(entry.state === 'incomplete' ? [`    not built yet: ${entry.missing.join('; ')}`] : []),
  ]
}
