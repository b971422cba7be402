/** `manage create-admin`: the password comes from a pipe or a terminal, and is shown nowhere. */
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { createAdminCommand } from '../../src/people/create-admin-command.ts';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { createTestDatabase } from '../support/database.ts';
import type { CommandIo } from '../../src/commands/command.ts';
import type { TestDatabase } from '../support/database.ts';

const PASSWORD = 'correct horse battery';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

async function createAdmin(username: string, stdin: NonNullable<CommandIo['stdin']>, keys = '') {
  const written = { out: '', err: '' };
  const io = {
    stdin,
    stdout: {
      write: (text: string) => {
        const isPrompt = !written.out.includes('Password') && text.includes('Password');
        written.out += text;
        // What is pressed before the prompt listens is lost.
        if (isPrompt && stdin instanceof PassThrough) void press(stdin, keys);
      },
      isTTY: true,
    },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const argv = ['--email', `${username}@example.org`, '--username', username];
  const open = async () => ({ url: database.url, close: async () => undefined });
  const code = await runCommand(io, () => createAdminCommand.run(argv, io, open));
  return { code, ...written };
}

const terminal = () => Object.assign(new PassThrough(), { isTTY: true });

/** Presses these keys, one after the other: the prompt reads a key at a time, as from a person. */
async function press(stdin: PassThrough, keys: string): Promise<void> {
  for (const key of keys) {
    await new Promise((resolve) => setImmediate(resolve));
    stdin.write(key);
  }
}

describe('create-admin', () => {
  it('makes the first person: there are none on a new server', async () => {
    const connection = openPlainConnection(database.url);
    expect(await connection.query('select email from users')).toEqual([]);
    await connection.close();
  });

  it('reads the password of a pipe, up to the end of its line', async () => {
    expect(await createAdmin('piped', Readable.from([`${PASSWORD}\n`]))).toEqual({
      code: 0,
      out: 'Administrator piped <piped@example.org> was made.\n',
      err: '',
    });
  });

  it('asks for it at a terminal and does not show it', async () => {
    const { code, out, err } = await createAdmin('typed', terminal(), `${PASSWORD}\r`);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Password');
    expect(out).toContain('Administrator typed <typed@example.org> was made.\n');
    expect(out).not.toMatch(/correct|horse|battery/);
  });

  it('refuses one that is too short, without repeating it', async () => {
    const { code, err } = await createAdmin('short', terminal(), 'tooshort\r');

    expect(code).toBe(1);
    expect(err).toMatch(/^[^\n]*password[^\n]*\n$/i);
    expect(err).not.toContain('tooshort');
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('ends at %s and changes nothing', async (_, key) => {
    expect(await createAdmin('left', terminal(), key)).toMatchObject({
      code: 2,
      err: 'No password was typed; nothing was changed.\n',
    });
  });
});
