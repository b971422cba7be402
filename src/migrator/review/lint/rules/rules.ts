/** All rules of our own, in the order in which their findings are told. */
import { nameRules } from './name-rules.ts';
import { phaseRules } from './phase-rules.ts';
import { rowRules } from './row-rules.ts';
import { schemaRules } from './schema-rules.ts';
import { typeRules } from './type-rules.ts';
import { sourceRules } from './source-rules.ts';
import type { Rule } from './rule.ts';

const dynamicRule: Rule = {
  name: 'sql-only-when-run',
  help: 'Run "npm run db -- check --trace", which runs it on a scratch database and sees its statements.',
  severity: 'warning',
  find: ({ isDynamic }) =>
    isDynamic ? [{ message: 'it asks the database while it runs, so the rules for SQL saw nothing' }] : [],
};

export const RULES: readonly Rule[] = [
  ...nameRules,
  ...phaseRules,
  ...sourceRules,
  ...schemaRules,
  ...typeRules,
  ...rowRules,
  dynamicRule,
];
