import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { filesBelow, sha256, UNPACKED_LIST } from '../electron/hosts/desktop/unpacked.ts'

/*
 * electron-builder calls this before it packs (electron-builder.yml, beforePack): it writes the checksums of what will
 * lie beside the archive into the archive. The program refuses to start when one of them is another.
 */
const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * From where to where, and what of it, as electron-builder.yml copies it; scripts/package.ts checks that nothing is
 * missing or more.
 */
const COPIES: [from: string, to: string, isCopied: (path: string) => boolean][] = [
  ['dist/programs', 'programs/dist', path => !path.endsWith('.map')],
  ['node_modules/@duckdb', 'programs/node_modules/@duckdb', () => true],
  ['node_modules/@duckdb', 'app.asar.unpacked/node_modules/@duckdb', () => true],
  [
    'node_modules/@polyglot-sql',
    'programs/node_modules/@polyglot-sql',
    path => /^sdk\/(package\.json|LICENSE|dist\/[^/]+\.(js|wasm))$/.test(path),
  ],
  ['node_modules/node/bin', 'node', () => true],
]

export default async function listUnpacked(): Promise<void> {
  const list: Record<string, string> = {}
  for (const [from, to, isCopied] of COPIES)
    for (const path of await filesBelow(root, from)) {
      const below = path.slice(from.length + 1)
      if (isCopied(below)) list[`${to}/${below}`] = await sha256(join(root, path))
    }
  await writeFile(join(root, UNPACKED_LIST), JSON.stringify(list))
}
