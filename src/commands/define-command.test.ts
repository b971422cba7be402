import { describe, expect, it } from 'vitest';
import { misuse, runCommand } from './command.ts';
import { defineCommand, flag, required, value } from './define-command.ts';
import type { Command } from './command.ts';

const NO_DATABASE = 'postgresql://user@127.0.0.1:1/nothing';

const greet = defineCommand({
  name: 'greet',
  words: '[WORD…]',
  about: 'Says hello.',
  options: { name: required('Ada', 'the name'), title: value('Dr', 'the title'), loud: flag('shout') },
  needs: 'nothing',
  run: async ({ values, words, io }) => {
    io.stdout.write(JSON.stringify({ ...values, words }));
    return values.loud === true ? 3 : 0;
  },
});

async function call(command: Command, ...argv: string[]) {
  const seen = { out: '', err: '', opened: 0, closed: 0 };
  const io = {
    stdout: { write: (text: string) => (seen.out += text) },
    stderr: { write: (text: string) => (seen.err += text) },
  };
  const open = async () => {
    seen.opened += 1;
    return { url: NO_DATABASE, close: async () => void (seen.closed += 1) };
  };
  return { code: await runCommand(io, () => command.run(argv, io, open)), ...seen };
}

describe('a command that needs nothing', () => {
  it('is given its values and arguments, returns its exit code, and opens no database', async () => {
    expect(await call(greet, '--name', 'Ada', 'you', '--loud')).toEqual({
      code: 3,
      out: '{"name":"Ada","loud":true,"words":["you"]}',
      err: '',
      opened: 0,
      closed: 0,
    });
  });

  it.each([
    [[], 'The name is required, such as --name Ada.\n'],
    [['--nam', 'Ada'], "Unknown option '--nam'. See: manage greet --help\n"],
    [['--name'], "Option '--name <value>' argument missing. See: manage greet --help\n"],
  ])('refuses %j in one line with exit code 2', async (argv, err) => {
    expect(await call(greet, ...argv)).toMatchObject({ code: 2, out: '', err });
  });
});

describe('a command that needs a database', () => {
  const fail = defineCommand({
    name: 'fail',
    about: 'Fails.',
    options: { hard: flag('more') },
    needs: 'database',
    run: async ({ values, openOrm }) => {
      if (values.hard === true) throw misuse('It is too hard.');
      await openOrm();
      throw new Error('It failed');
    },
  });

  it('prints its help without one, whatever else is given', async () => {
    expect(await call(fail, '--wrong', '-h')).toMatchObject({
      code: 0,
      out: 'Usage: manage fail [options]\n\nFails.\n\n  --hard  more\n',
      opened: 0,
    });
  });

  it('is refused before one is opened', async () => {
    expect(await call(fail, 'ada@example.com')).toMatchObject({
      code: 2,
      err: "Unexpected argument 'ada@example.com'. See: manage fail --help\n",
      opened: 0,
    });
    expect(await call(fail, '--hard')).toMatchObject({ code: 2, err: 'It is too hard.\n', opened: 0 });
  });

  it('closes it when it fails, and a bug is printed with its stack', async () => {
    expect(await call(fail)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^Error: It failed\n +at /),
      opened: 1,
      closed: 1,
    });
  });
});
