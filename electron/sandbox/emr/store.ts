import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClusterRecord } from './cluster.ts'

/** The clusters on disk: one JSON file each. */
export interface ClusterStore {
  load(): ClusterRecord[]
  /** On disk when it returns: the new file replaces the old one whole, so that a kill leaves one or the other. */
  save(cluster: ClusterRecord): void
}

/** Opens the folder of the clusters; what a kill left half written is removed. */
export function openClusterStore(dir: string): ClusterStore {
  mkdirSync(dir, { recursive: true })
  return {
    load() {
      const clusters: ClusterRecord[] = []
      for (const name of readdirSync(dir)) {
        if (name.endsWith('.json')) clusters.push(ClusterRecord.parse(JSON.parse(readFileSync(join(dir, name), 'utf8'))))
        else if (name.endsWith('.new')) rmSync(join(dir, name))
      }
      return clusters.sort((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1))
    },
    save(cluster) {
      const path = join(dir, `${cluster.id}.json`)
      writeFileSync(`${path}.new`, JSON.stringify(cluster))
      renameSync(`${path}.new`, path)
    },
  }
}
