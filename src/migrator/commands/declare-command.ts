/** Makes a command from a table of its options, which parses its arguments and prints its help. */
import { parseArgs } from 'node:util';
import { commandHelp } from './command-help.ts';
import { misuse } from './io.ts';
import type { Option } from './command-option.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';
import type { CommandIo } from './io.ts';

type Options = Readonly<Record<string, Option>>;

/** The given options by name; undefined for those left out. */
type Values<O extends Options> = {
  readonly [Name in keyof O]?: O[Name] extends { readonly multiple: true }
    ? readonly string[]
    : O[Name] extends { readonly type: 'boolean' }
      ? true
      : string;
};

/** The names of the options that are modes. */
type Modes<O extends Options> = {
  [Name in keyof O]: O[Name] extends { readonly isMode: true } ? Name : never;
}[keyof O];

/** What a command is done with. */
export interface CommandRun {
  readonly io: CommandIo;
  readonly context: DatabaseCommandContext;
  /** The positional arguments. */
  readonly words: readonly string[];
  /** Whether `--yes` was given. */
  readonly isAgreed: boolean;
  /** Whether `--json` was given. */
  readonly isJson: boolean;
  readonly say: (text: string) => void;
  /** Prints one or the other. */
  readonly report: (json: unknown, text: string) => void;
}

interface Declaration<O extends Options> {
  readonly name: string;
  readonly django?: string;
  /** Its positional arguments, as the usage shows them; none when left out. */
  readonly words?: string;
  readonly about: string;
  readonly exits?: string;
  readonly options: O;
  /** Returns the exit code; 0 when nothing is returned. */
  run(
    run: CommandRun & { readonly values: Values<O>; readonly mode: Modes<O> | undefined },
  ): Promise<number | void>;
}

const HELP = { help: { type: 'boolean', short: 'h' } } as const;

/** Returns the command. */
export function declareCommand<const O extends Options>(declared: Declaration<O>): DatabaseCommand {
  return {
    ...declared,
    async run(argv, io, context) {
      const { values, positionals } = parse(declared, argv);
      const say = (text: string): void => void io.stdout.write(text);
      if (values['help'] === true) {
        say(commandHelp(declared));
        return 0;
      }
      refuseMisfits(declared, values, positionals);
      const [chosen] = modesIn(declared.options, values);
      const isJson = values['json'] === true;
      const exitCode = await declared.run({
        io,
        context,
        words: positionals,
        say,
        isAgreed: values['yes'] === true,
        isJson,
        report: (json, text) => say(isJson ? `${JSON.stringify(json, undefined, 2)}\n` : text),
        // What was parsed by these options has their names and types.
        values: values as Values<O>,
        mode: chosen as Modes<O> | undefined,
      });
      return exitCode ?? 0;
    },
  };
}

type Parsed = Readonly<Record<string, unknown>>;

function parse(
  { name, options }: Pick<Declaration<Options>, 'name' | 'options'>,
  argv: readonly string[],
): { readonly values: Parsed; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...argv], options: { ...options, ...HELP }, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // The first sentence says it; the others are about spellings that no command has.
    const [said = ''] = error.message.split(/[.\n]/);
    throw misuse(`${said}. See: manage db ${name} --help`);
  }
}

function refuseMisfits(
  { name, options, words }: Pick<Declaration<Options>, 'name' | 'options' | 'words'>,
  values: Parsed,
  positionals: readonly string[],
): void {
  if (words === undefined && positionals.length > 0)
    throw misuse(`db ${name} takes no names, and was given ${positionals.join(' ')}.`);
  const modes = modesIn(options, values);
  if (modes.length > 1) throw misuse(`${spell(modes, 'and')} are ${modes.length} things: give one of them.`);
  for (const [given, { goesWith = [] }] of Object.entries(options)) {
    if (values[given] === undefined || goesWith.length === 0) continue;
    if (goesWith.every((other) => values[other] === undefined))
      throw misuse(`--${given} goes with ${spell(goesWith, 'or')}.`);
  }
}

function modesIn(options: Options, values: Parsed): string[] {
  return Object.keys(options).filter((name) => options[name]?.isMode === true && values[name] !== undefined);
}

function spell(names: readonly string[], last: 'and' | 'or'): string {
  const options = names.map((name) => `--${name}`);
  return options.length === 1
    ? options.join('')
    : `${options.slice(0, -1).join(', ')} ${last} ${options.at(-1)}`;
}
