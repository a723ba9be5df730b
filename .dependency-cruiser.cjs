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
    forbid(
      'kinds-are-chosen-by-a-table',
      'Which kind a source or sink is of is known to its folder, to the table beside it, to the plan that makes it, ' +
        'and to what recognizes its failures in a log.',
      {
        path: '^electron/core/',
        pathNot: ['^electron/core/(provision|statements|jobs/step-cause|sources|ledgers)/'],
      },
      { path: '^electron/core/(sources|ledgers)/[^/]+/' },
    ),
    forbid(
      'kinds-do-not-know-each-other',
      'A kind of source or sink is one folder.',
      { path: '^electron/core/(sources|ledgers)/([^/]+)/' },
      { path: '^electron/core/$1/[^/]+/', pathNot: ['^electron/core/$1/$2/'] },
    ),
    forbid(
      'streams-are-read-through-their-source',
      "Kinesis and its metrics are called in the source's folder, and by the plan.",
      { path: '^electron/core/', pathNot: ['^electron/core/(provision|targets|sources/kinesis)/'] },
      { path: 'node_modules/@aws-sdk/client-(kinesis|cloudwatch)/' },
    ),
    forbid(
      'batches-are-read-through-their-ledger',
      'The Data API is called by the ledger, by statements, and by the page that shows the warehouse.',
      {
        path: '^electron/core/',
        pathNot: ['^electron/core/(provision|targets|statements|warehouse|ledgers/redshift)/'],
      },
      { path: 'node_modules/@aws-sdk/client-redshift-data/' },
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
