/** Makes a command from one declaration, which parses its arguments, prints its help and opens its database. */

import { parseArgs } from 'node:util';
import { openOrm } from '../persistence/orm.ts';
import { Pools } from '../persistence/pool-use.ts';
import { actAs } from '../process/acting.ts';
import { misuse } from './command.ts';
import { quietLog } from './quiet-log.ts';
import type { Orm } from '../persistence/orm.ts';
import type { Command, CommandDatabase, CommandIo } from './command.ts';

/** One option of a command. */
interface Option {
  readonly type: 'boolean' | 'string';
  /** The placeholder of its value in the help. */
  readonly placeholder?: string;
  readonly says: string;
  readonly isRequired?: boolean;
  /** Whether it may be given several times. */
  readonly multiple?: boolean;
}

type Options = Readonly<Record<string, Option>>;

/** An option that is given or not. */
export const flag = (says: string) => ({ type: 'boolean', says }) as const;

/** An option with a value. */
export const value = (placeholder: string, says: string) => ({ type: 'string', placeholder, says }) as const;

/** An option that may be given several times, each with a value. */
export const values = (placeholder: string, says: string) =>
  ({ type: 'string', placeholder, says, multiple: true }) as const;

/** An option with a value that must be given; `says` names what it is, and the placeholder is an example. */
export const required = (placeholder: string, says: string) =>
  ({ type: 'string', placeholder, says, isRequired: true }) as const;

/** What was given, by the option's name. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends { readonly isRequired: true }
    ? string
    :
        | (O[Name] extends { readonly multiple: true }
            ? readonly string[]
            : O[Name] extends { readonly type: 'boolean' }
              ? boolean
              : string)
        | undefined;
};

/** What a command works with, apart from what it needs. */
interface CommandRun<O extends Options> {
  readonly io: CommandIo;
  readonly values: Values<O>;
  /** The positional arguments. */
  readonly words: readonly string[];
}

interface Declaration<O extends Options> {
  readonly name: string;
  /** Its positional arguments, as the usage shows them; none when left out. */
  readonly words?: string;
  readonly about: string;
  readonly options: O;
}

interface WithDatabase {
  /** Opens the database, once. What was given is checked before: a refusal needs no database. It is closed when the command ends. */
  readonly openOrm: () => Promise<Orm>;
}

/** Either kind returns the exit code; 0 when nothing is returned. */
interface DatabaseDeclaration<O extends Options> extends Declaration<O> {
  readonly needs: 'database';
  run(run: CommandRun<O> & WithDatabase): Promise<number | void>;
}

interface PlainDeclaration<O extends Options> extends Declaration<O> {
  readonly needs: 'nothing';
  run(run: CommandRun<O>): Promise<number | void>;
}

export function defineCommand<const O extends Options>(
  declared: DatabaseDeclaration<O> | PlainDeclaration<O>,
): Command {
  return {
    name: declared.name,
    async run(argv, io, openDatabase) {
      if (argv.some((word) => word === '--help' || word === '-h')) {
        io.stdout.write(helpOf(declared));
        return 0;
      }
      const { values: given, positionals: words } = parse(declared, argv);
      refuseMissing(declared, given);
      // What was parsed by these options has their names and types.
      const run = { io, words, values: given as Values<O> };
      if (declared.needs === 'nothing') return (await declared.run(run)) ?? 0;
      const by = { type: 'command', name: `manage ${declared.name}` } as const;
      const done = actAs({ by }, () =>
        withDatabase(openDatabase, (database) => declared.run({ ...run, ...database })),
      );
      return (await done) ?? 0;
    },
  };
}

async function withDatabase<T>(
  openDatabase: () => Promise<CommandDatabase>,
  work: (database: WithDatabase) => Promise<T>,
): Promise<T> {
  const stack = new AsyncDisposableStack();
  const open = async (): Promise<Orm> => {
    const database = await openDatabase();
    stack.defer(() => database.close());
    const pools = new Pools();
    const orm = openOrm({ databaseUrl: database.url, poolSize: 2, log: quietLog, pools });
    // The ORM ends the pools that its query builder used. One that only prepared statements used would keep the process.
    stack.defer(() => pools.end());
    stack.defer(() => orm.close(true));
    return orm;
  };
  try {
    return await work({ openOrm: open });
  } finally {
    await stack.disposeAsync();
  }
}

type Parsed = Readonly<Record<string, unknown>>;

function parse(
  { name, words, options }: Declaration<Options>,
  argv: readonly string[],
): { readonly values: Parsed; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: words !== undefined });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // The first sentence says it; the others are about spellings that no command has.
    const [said = ''] = error.message.split(/\.(?:\s|$)|\n/);
    throw misuse(`${said}. See: manage ${name} --help`);
  }
}

function refuseMissing({ options }: Declaration<Options>, given: Parsed): void {
  for (const [name, { isRequired, says, placeholder }] of Object.entries(options)) {
    if (isRequired !== true || given[name] !== undefined) continue;
    const what = `${says.charAt(0).toUpperCase()}${says.slice(1)}`;
    throw misuse(`${what} is required, such as --${name} ${placeholder}.`);
  }
}

function helpOf({ name, words, about, options }: Declaration<Options>): string {
  const rows = Object.entries(options).map(([option, { placeholder = '', says, isRequired }]) => ({
    written: `--${option} ${placeholder}`.trimEnd(),
    says,
    isRequired,
  }));
  const always = rows.filter(({ isRequired }) => isRequired).map(({ written }) => written);
  const usage = ['Usage: manage', name, ...(words === undefined ? [] : [words]), ...always, '[options]'];
  const width = Math.max(...rows.map(({ written }) => written.length));
  const lines = rows.map(({ written, says }) => `  ${written.padEnd(width)}  ${says}\n`);
  return `${usage.join(' ')}\n\n${about.trim()}\n\n${lines.join('')}`;
}
