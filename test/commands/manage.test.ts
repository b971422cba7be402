/** What `manage` lists is there: each command is loaded by its name only when it is asked for. */
import { expect, it } from 'vitest';
import { findServerCommand } from '../../src/server/operator-commands.ts';
import { manage } from '../support/manage.ts';

const listed = (help: string): readonly string[] =>
  [...(help.split('The schema of its database')[0] ?? '').matchAll(/^ {2}([\w-]+) {2,}\S/gm)].map(
    ([, name = '']) => name,
  );

it('runs every command of the server that its help lists', async () => {
  const { stdout } = await manage(['--help']);
  const names = listed(stdout);
  expect(names).toContain('create-admin');

  // Each in this process: that a process finds a command by its name is shown by the tests of single commands.
  const usages: unknown[] = [];
  for (const name of names) {
    const command = await findServerCommand(name);
    let help = '';
    const output = { write: (text: string) => (help += text) };
    const code = await command?.run(['--help'], { stdout: output, stderr: output }, () =>
      Promise.reject(new Error('asked')),
    );
    usages.push({ code, usage: /^Usage: manage (\S+)/.exec(help)?.[1] });
  }

  expect(usages).toEqual(names.map((usage) => ({ code: 0, usage })));
});

it('does not run what is no command', async () => {
  expect(await manage(['nonsense'])).toEqual({
    code: 2,
    stdout: '',
    stderr: 'There is no command "nonsense": manage --help lists them.\n',
  });
});
