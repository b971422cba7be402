/** What migrations are written with: the base class that they extend, and recipes for changes of tables in use. */

export { cancelBackfill, finishBackfill, startBackfill } from './author/recipes/backfill.ts';
export { addCheckOnline, addForeignKeyOnline } from './author/recipes/constraints.ts';
export { fillColumnOnline } from './author/recipes/fill-column.ts';
export { addUniqueOnline, createIndexConcurrently, dropIndexConcurrently } from './author/recipes/indexes.ts';
export { setNotNullOnline } from './author/recipes/not-null.ts';
export { refuseLoss } from './author/recipes/refuse-loss.ts';
export { changeTypeOnline, renameColumnOnline } from './author/recipes/replace-column.ts';
export { contract, data, expand } from './author/recipes/steps.ts';
export { Migration } from './run/migration.ts';
