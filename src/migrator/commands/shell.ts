/** `db shell`: psql on the server's database, or one statement where there is no psql. */
import { runStatement } from '../inspect/doctor/run-statement.ts';
import { flag, value } from './command-option.ts';
import { confirm } from './confirm.ts';
import { declareCommand } from './declare-command.ts';
import { misuse } from './io.ts';
import { runPsql } from './shell-psql.ts';
import { alignedLines, countText } from './text.ts';
import type { StatementResult } from '../inspect/doctor/run-statement.ts';

export const shellCommand = declareCommand({
  name: 'shell',
  django: 'dbshell',
  words: '[-- PSQL-OPTION…]',
  about: `Opens psql on the server's database. It gets the address and the password through its environment; words after -- are its
    own. Without psql, --exec runs one statement and prints what it gives.`,
  options: {
    exec: value('SQL', 'run this statement, which may only read'),
    write: flag("let it change the database; asks for the database's name before", 'exec'),
    yes: flag('do not ask', 'exec'),
  },
  async run(run) {
    const { exec, write = false } = run.values;
    if (exec === undefined) return runPsql(await run.context.databaseUrl(), run.words);
    if (run.words.length > 0)
      throw misuse(`--exec runs one statement and takes no further words: ${run.words.join(' ')}`);
    const databaseUrl = await run.context.databaseUrl();
    const what = `This runs, with the right to change everything that its user may: ${exec}`;
    if (write) await confirm(run, { what, databaseUrl });
    run.say(resultText(await runStatement({ databaseUrl, sql: exec, mayWrite: write })));
    return 0;
  },
});

/** As psql prints it: the columns, a line, the rows, how many there were. */
function resultText({ columns, rows, command, rowCount }: StatementResult): string {
  if (columns.length === 0) return `${[command, ...(rowCount === null ? [] : [rowCount])].join(' ')}\n`;
  const cells = rows.map((row) => row.map((cell) => cell ?? ''));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((row) => (row[index] ?? '').length)),
  );
  const line = widths.map((width) => '-'.repeat(width));
  const count = `(${countText(rows.length)} ${rows.length === 1 ? 'row' : 'rows'})`;
  return `${alignedLines([columns, line, ...cells])}${count}\n`;
}
