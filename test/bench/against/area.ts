import type { CleanUp } from './clean-up.ts'
import type { Figure } from './ratio.ts'
import type { Tree } from './tree.ts'

/**
 * Something that is measured on any revision alike, by its command line, its wire and its window: the driver is this
 * tree's for both.
 */
export interface Area {
  rounds: { quick: number; full: number }
  /** @throws Error when the revision does not have what is measured */
  open(tree: Tree, cleanUp: CleanUp): Promise<OpenArea>
}

export interface OpenArea {
  /** The same figures each time. */
  round(round: number): Promise<Figure[]>
  close(): Promise<void>
}
