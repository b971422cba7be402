// Who may import whom: the map of docs/architecture.md, kept by a machine.
const PURE = '^src/core/';
const PACKAGE = ['core', 'npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'];
const TEST = '\\.test\\.ts$';

// Files that something other than an import starts: Node, a worker thread, the MikroORM CLI, a test runner.
const ENTRY = [
  TEST,
  '^(test|bench|src/migrations)/',
  '^src/(main|manage|demo|mikro-orm\\.config)\\.ts$',
  '^src/services/backtest-worker\\.ts$',
  '^src/market-data/import-worker\\.ts$',
  '\\.d\\.ts$',
].join('|');

const only = (folder, allowed) => ({
  name: `${folder}-imports`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: TEST },
  to: { path: '^src/', pathNot: allowed },
});

const core = (folder, allowed, file = '') => ({
  name: `core-${folder}-imports`,
  severity: 'error',
  from: { path: `^src/core/${folder}/`, pathNot: TEST },
  to: { path: '^src/', pathNot: `^src/core/((${folder}${allowed && '|'}${allowed})/${file})` },
});

export default {
  forbidden: [
    {
      name: 'pure-means-no-package',
      severity: 'error',
      from: { path: PURE, pathNot: `${TEST}|^src/core/strategies/` },
      to: { dependencyTypes: PACKAGE },
    },
    {
      name: 'strategies-know-typebox-only',
      severity: 'error',
      from: { path: '^src/core/strategies/', pathNot: TEST },
      to: { dependencyTypes: PACKAGE, pathNot: 'node_modules/typebox/' },
    },
    core('shared', ''),
    core('domain', 'shared'),
    core('indicators', 'shared'),
    core('strategies', 'shared|domain|indicators'),
    core('engine', 'shared|domain', '|strategies/strategy\\.ts$'),
    core('simulation', 'shared|domain'),
    core('backtest', 'shared|domain|strategies|engine|simulation'),
    only('entities', '^src/(core/(shared|domain)|entities)/'),
    // A migration extends the guarded base and may use its recipes; nothing else of the code may change under it.
    only('migrations', '^src/(migrations/|migrator/recipes\\.ts$)'),
    // Stores keep a strategy's parameters and its saved state; their types belong to the strategies' contract.
    only(
      'persistence',
      '^src/(core/(shared|domain)|entities|migrations|migrator|persistence)/|^src/config\\.ts$|^src/core/strategies/strategy\\.ts$',
    ),
    // The wall: a library with one door, which knows nothing of the server.
    only('migrator', '^src/migrator/'),
    {
      name: 'migrator-by-its-door',
      severity: 'error',
      from: { path: '^(src|bench)/', pathNot: `^src/(migrator|migrations)/|${TEST}` },
      to: { path: '^src/migrator/', pathNot: '^src/migrator/index\\.ts$' },
    },
    {
      name: 'a-start-reviews-nothing',
      severity: 'error',
      from: { path: '^src/migrator/run/', pathNot: TEST },
      to: { path: '^src/migrator/review/|node_modules/libpg-query/' },
    },
    only('brokers', '^src/(core/(shared|domain|simulation)|brokers)/'),
    only('market-data', '^src/(core/(shared|domain)|market-data)/'),
    only('services', `${PURE}|^src/(persistence|services|market-data)/|^src/brokers/broker\\.ts$`),
    only('jobs', '^src/(core/(shared|domain)|services|jobs)/'),
    only('http', '^src/(core/(shared|domain)|services|persistence|migrator|http)/'),
    only('stream', '^src/(core/(shared|domain)|services|stream)/'),
    only('notify', '^src/(core/(shared|domain)|notify)/'),
    {
      name: 'no-tests-in-production',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST },
      to: { path: `^(test|bench)/|${TEST}` },
    },
    {
      name: 'no-development-package-in-production',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: 'node_modules/@types/' },
    },
    { name: 'every-import-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: ENTRY }, to: {} },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
