/** The rule between the layers, as docs/architecture.md draws it. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })
/** Rooms of core below its features: what several features need, and what a kind of source or sink is. */
const FLOOR =
  'targets|errors|work|clock|statements|objects|clusters|query-state|deployed|wheelhouse|sources|ledgers|switch'
/** Floors of the page, the lowest first: each imports those below it. */
const PAGE = ['ui', 'route', 'connection', 'live', 'work', 'features', 'app']
const pageFloors = PAGE.slice(0, -1).map((floor, index) =>
  forbid(
    `page-${floor}-imports-floors-below`,
    `The floors of the page are ${PAGE.join(' < ')}.`,
    { path: `^renderer/${floor}/` },
    { path: `^renderer/(main\\.tsx$|(${PAGE.slice(index + 1).join('|')})/)` },
  ),
)
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
    ...pageFloors,
    forbid(
      'page-has-these-floors',
      'A folder of the page is a floor of it, and stands in the list.',
      {},
      { path: '^renderer/[^/]+/', pathNot: `^renderer/(${PAGE.join('|')})/` },
    ),
    forbid(
      'page-ui-knows-no-contract',
      'What the page is built of knows no feature: of shared it knows what every answer of core is.',
      { path: '^renderer/ui/' },
      { path: '^shared/(?!rpc/contract)' },
    ),
    forbid(
      'page-features-do-not-import-each-other',
      'What two features of the page need goes to a floor below them.',
      { path: '^renderer/features/([^/]+)/' },
      { path: '^renderer/features/', pathNot: '^renderer/features/$1/' },
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
      'Which kind a source or sink is of is known to its folder, the table beside it, and its resource in the plan.',
      { path: '^electron/core/', pathNot: ['^electron/core/(sources|ledgers|provision/resources)/'] },
      { path: '^electron/core/(sources|ledgers)/[^/]+/' },
    ),
    forbid(
      'engine-kinds-are-chosen-by-a-table',
      'The engine knows sources and sinks by the table of kinds.',
      { path: '^electron/engine/', pathNot: ['^electron/engine/(kinds|(kinesis|redshift)/)'] },
      { path: ['^electron/engine/(kinesis|redshift)/', 'node_modules/@aws-sdk/client-(kinesis|redshift-data)/'] },
    ),
    forbid(
      'engine-kinds-do-not-know-each-other',
      'A kind of source or sink is one folder.',
      { path: '^electron/engine/(kinesis|redshift)/' },
      { path: '^electron/engine/(kinesis|redshift)/', pathNot: ['^electron/engine/$1/'] },
    ),
    forbid(
      'planned-kinds-are-chosen-by-a-table',
      'What a kind of source or sink needs of AWS is known by the table of resources.',
      { path: '^electron/core/provision/', pathNot: ['^electron/core/provision/resources/(kinds|schema|stream)'] },
      { path: '^electron/core/provision/resources/(schema|stream)\\.' },
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
