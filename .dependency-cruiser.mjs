// Who may import whom: the map of docs/architecture.md, kept by a machine.
const PURE = '^src/core/';
const PACKAGE = ['core', 'npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'];
const TEST = '\\.test\\.ts$';

// Files that something other than an import starts: Node, a worker thread, the MikroORM CLI, a test runner.
const ENTRY = [
  TEST,
  '^(test|bench|src/migrations)/',
  '^src/(main|manage|demo|mikro-orm\\.config)\\.ts$',
  '^src/backtests/backtest-worker\\.ts$',
  '^src/prices/import/import-worker\\.ts$',
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

// A room may import itself and the rooms after it, never one before.
const ROOMS = ['operations', 'notifications', 'backtests', 'trading', 'prices', 'people', 'journal'];
const room = (name, rooms) =>
  only(
    name,
    `^src/(core|entities|http|stream|persistence|commands|process|encryption|mail|jobs|${rooms.join('|')})/|^src/brokers/(broker|price-source)\\.ts$|^src/migrator/index\\.ts$`,
  );

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
    // The wall: a library with three doors, which knows nothing of the server.
    only('migrator', '^src/migrator/'),
    {
      name: 'migrator-by-its-doors',
      severity: 'error',
      from: { path: '^(src|bench)/', pathNot: `^src/(migrator|migrations)/|${TEST}` },
      to: { path: '^src/migrator/', pathNot: '^src/migrator/(index|commands|failure)\\.ts$' },
    },
    {
      name: 'a-start-reviews-nothing',
      severity: 'error',
      from: { path: '^src/migrator/run/', pathNot: TEST },
      to: { path: '^src/migrator/review/|node_modules/libpg-query/' },
    },
    only('brokers', '^src/(core/(shared|domain|simulation)|brokers)/'),
    {
      name: 'one-place-names-a-broker',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/brokers/|${TEST}` },
      to: {
        path: '^src/brokers/',
        pathNot: '^src/brokers/(broker|price-source|open-broker|open-simulator|guarded-broker)\\.ts$',
      },
    },
    // The mechanisms know no subject: values of the domain, never a room.
    only(
      'persistence',
      '^src/(core/(shared|domain)|entities|migrations|persistence|process)/|^src/migrator/index\\.ts$',
    ),
    only(
      'http',
      '^src/(core/(shared|domain)|process|http)/|^src/persistence/(page|idempotency-store|database-failure)\\.ts$',
    ),
    only('stream', '^src/(core/(shared|domain)|http|process|stream)/'),
    only('mail', '^src/(core/shared|entities|persistence|process|mail)/'),
    only('jobs', '^src/(core/shared|entities|persistence|process|jobs)/'),
    only('encryption', '^src/(core/shared|encryption)/'),
    only('process', '^src/(core/shared|process)/|^src/migrator/(index|failure)\\.ts$'),
    only('commands', '^src/(core/shared|persistence|process|commands)/|^src/migrator/index\\.ts$'),
    ...ROOMS.map((name, index) => room(name, ROOMS.slice(index))),
    {
      name: 'records-belong-to-stores',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: `-store\\.ts$|^src/(persistence|entities)/|^src/(server/schema|mikro-orm\\.config)\\.ts$|${TEST}`,
      },
      to: { path: '^src/entities/' },
    },
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
