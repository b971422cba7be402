/** What `manage` lists is there: each command is loaded by its name only when it is asked for. */
import { expect, it } from 'vitest';
import { manage } from '../support/manage.ts';

const listed = (help: string): readonly string[] =>
  [...(help.split('The schema of its database')[0] ?? '').matchAll(/^ {2}([\w-]+) {2,}\S/gm)].map(
    ([, name = '']) => name,
  );

it('runs every command of the server that its help lists', async () => {
  const { stdout } = await manage(['--help']);
  const names = listed(stdout);
  expect(names).toContain('create-admin');

  const answers = await Promise.all(names.map((name) => manage([name, '--help'])));

  expect(
    answers.map(({ code, stdout: help }) => ({ code, usage: /^Usage: manage (\S+)/.exec(help)?.[1] })),
  ).toEqual(names.map((usage) => ({ code: 0, usage })));
});

it('does not run what is no command', async () => {
  expect(await manage(['nonsense'])).toEqual({
    code: 2,
    stdout: '',
    stderr: 'There is no command "nonsense": manage --help lists them.\n',
  });
});
