import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { StateCare } from '../../../shared/state/damage.ts'
import { readJsonFile, writeJsonFile } from '../../../shared/state/json-file.ts'
import { ClusterRecord } from './cluster.ts'

/** The clusters on disk: one JSON file each. */
export interface ClusterStore {
  /** @throws DamagedState */
  load(): ClusterRecord[]
  /** On disk when it returns: the new file replaces the old one whole, so that a kill leaves one or the other. */
  save(cluster: ClusterRecord): void
}

/** A cluster, or what a kill left beside it. */
const FILE = /^j-[A-Z0-9]+\.json(\.new|)$/

/** Opens the folder of the clusters; what a kill left half written is removed. */
export function openClusterStore(dir: string, care: StateCare): ClusterStore {
  mkdirSync(dir, { recursive: true })
  return {
    load() {
      const clusters: ClusterRecord[] = []
      for (const name of readdirSync(dir)) {
        const [, end] = FILE.exec(name) ?? []
        // Somebody's own file, or a damaged one that was renamed.
        if (end === undefined) continue
        const file = join(dir, name)
        if (end === '.new') {
          rmSync(file, { recursive: true, force: true })
          continue
        }
        const lost = 'the cluster with its steps: whether they ran and how they ended'
        const cluster = readJsonFile(file, { schema: ClusterRecord, care, lost, canGoOn: false })
        if (cluster) clusters.push(cluster)
      }
      return clusters.sort((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1))
    },
    save: cluster => writeJsonFile(join(dir, `${cluster.id}.json`), cluster),
  }
}
