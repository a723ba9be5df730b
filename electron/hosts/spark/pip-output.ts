/** What pip reports while it installs, out of the lines of `pip install --progress-bar raw`. */
export interface PipProgress {
  phase: 'collecting' | 'building' | 'installing'
  /** The package or file that it is at. */
  at: string
  /** Bytes that came over the network, of all files so far. */
  downloadedBytes: number
}

/** Reads pip's lines one after the other; each answer is the state after it. */
export function pipProgress(): (line: string) => PipProgress {
  let state: PipProgress = { phase: 'collecting', at: '', downloadedBytes: 0 }
  /** Bytes of the files that are whole, and of the one that comes now. */
  let whole = 0
  let current = 0
  return line => {
    const [, bytes] = /^\s*Progress (\d+) of \d+$/.exec(line) ?? []
    if (bytes !== undefined) {
      // It begins again with each file.
      if (Number(bytes) < current) whole += current
      current = Number(bytes)
      state = { ...state, downloadedBytes: whole + current }
      return state
    }
    const [, collected] = /^\s*(?:Collecting|Downloading|Using cached) (\S+)/.exec(line) ?? []
    if (collected !== undefined) state = { ...state, phase: 'collecting', at: nameOf(collected) }
    const [, built] = /^\s*Building wheel for (\S+)/.exec(line) ?? []
    if (built !== undefined) state = { ...state, phase: 'building', at: nameOf(built) }
    if (/^\s*Installing collected packages:/.test(line)) state = { ...state, phase: 'installing', at: '' }
    return state
  }
}

/** `pyspark` of `pyspark-4.0.2.tar.gz`, `pyspark==4.0.2` and `https://.../pyspark-4.0.2.tar.gz`. */
const nameOf = (text: string): string => (text.split('/').at(-1) ?? text).split(/[=<>!~;[]|-\d/)[0] ?? text
