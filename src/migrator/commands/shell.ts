/** `db:shell`: psql on the server's database, or one statement where there is no psql. */
import { parseArgs } from 'node:util';
import { runStatement } from '../inspect/doctor/run-statement.ts';
import { misuse } from './io.ts';
import { alignedLines, countText } from './text.ts';
import { confirm } from './confirm.ts';
import { runPsql } from './shell-psql.ts';
import type { StatementResult } from '../inspect/doctor/run-statement.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:shell [-- PSQL-OPTION…]
       manage db:shell --exec "SQL" [--write [--yes]]

Opens psql on the server's database. It gets the address and the password through its environment; words after -- are its
own. Without psql, --exec runs one statement and prints what it gives.

  --exec "SQL"   run this statement, which may only read
  --write        let it change the database; asks for the database's name before
  --yes          do not ask
`;

const OPTIONS = {
  exec: { type: 'string' },
  write: { type: 'boolean' },
  yes: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const shellCommand: DatabaseCommand = {
  summary: 'psql on the database, or one statement',
  django: 'dbshell',
  run: runShell,
};

async function runShell(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  const { exec, write = false, yes = false } = values;
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  if (exec === undefined && (write || yes)) throw misuse('--write and --yes go with --exec "SQL".');
  if (exec === undefined) return runPsql(await context.databaseUrl(), positionals);
  if (positionals.length > 0)
    throw misuse(`--exec runs one statement and takes no further words: ${positionals.join(' ')}`);
  const databaseUrl = await context.databaseUrl();
  const what = `This runs, with the right to change everything that its user may: ${exec}`;
  if (write) await confirm(io, { what, databaseUrl, isAgreed: yes, context });
  io.stdout.write(resultText(await runStatement({ databaseUrl, sql: exec, mayWrite: write })));
  return 0;
}

/** As psql prints it: the columns, a line, the rows, how many there were. */
function resultText({ columns, rows, command, rowCount }: StatementResult): string {
  if (columns.length === 0) return `${[command, ...(rowCount === null ? [] : [rowCount])].join(' ')}\n`;
  const cells = rows.map((row) => row.map((value) => value ?? ''));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((row) => (row[index] ?? '').length)),
  );
  const line = widths.map((width) => '-'.repeat(width));
  const count = `(${countText(rows.length)} ${rows.length === 1 ? 'row' : 'rows'})`;
  return `${alignedLines([columns, line, ...cells])}${count}\n`;
}
