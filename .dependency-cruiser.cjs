/** The rule between the layers, as docs/architecture.md draws it. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })
/** Rooms of core below its features: what several features need, and what a kind of source or sink is. */
const FLOOR = 'targets|errors|work|clock|statements|objects|clusters|query-state|sources|ledgers'
module.exports = {
  forbidden: [
    forbid('no-circular', 'A cycle means two files are one idea.', {}, { circular: true }),
    forbid(
      'shared-stands-alone',
      'shared imports shared only.',
      { path: '^shared/' },
      { path: '^(electron|renderer|test|scripts)/' },
    ),
    forbid(
      'renderer-imports-shared-only',
      'The page knows contracts, not services.',
      { path: '^renderer/' },
      { path: '^electron/' },
    ),
    forbid(
      'core-imports-shared-only',
      'Core reaches the sandbox over the wire.',
      { path: '^electron/core/' },
      { path: '^electron/(?!core/)' },
    ),
    forbid(
      'sandbox-imports-shared-only',
      'The twin must not know its client.',
      { path: '^electron/sandbox/' },
      { path: '^electron/(?!sandbox/)' },
    ),
    forbid(
      'engine-imports-shared-only',
      'The engine is a job: it knows AWS and the spec.',
      { path: '^electron/engine/' },
      { path: '^electron/(?!engine/)' },
    ),
    forbid(
      'nobody-imports-hosts',
      'Hosts are the composition roots.',
      { path: '^(shared|renderer|electron/(?!hosts/))' },
      { path: '^electron/hosts/' },
    ),
    forbid(
      'hosts-know-where-the-sandbox-is',
      'The sandbox is a process of its own: only its program loads it.',
      { path: '^electron/hosts/(?!sandbox/main)' },
      { path: '^electron/sandbox/(?!place)' },
    ),
    forbid(
      'core-never-imports-electron',
      'Core runs in three hosts.',
      { path: '^(electron/(core|sandbox|engine)|shared)/' },
      { path: ['^node_modules/electron(/|$)', '^electron$'] },
    ),
    forbid(
      'features-keep-their-insides',
      'A feature reaches another through its contract or its public service file.',
      { path: '^electron/core/([^/]+)/' },
      { path: '^electron/core/([^/]+)/', pathNot: ['^electron/core/$1/', `^electron/core/(${FLOOR})/`] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}
