/** Reads a password: the first line of a pipe, or what a person types at a terminal, where it is not shown. */

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { misuse } from '../commands/command.ts';
import type { CommandIo, Input, Output } from '../commands/command.ts';

/** Returns the password; empty when a pipe holds no line. */
export async function readPassword({ stdin, stdout }: CommandIo): Promise<string> {
  if (!stdin) return '';
  return stdin.isTTY === true ? typed(stdin, stdout) : firstLine(stdin);
}

async function typed(input: Input, stdout: Output): Promise<string> {
  const { default: prompt } = await import('@inquirer/password');
  const output = new Writable({
    write: (text, _, done) => {
      stdout.write(String(text));
      done();
    },
  });
  const leaving = new AbortController();
  // The prompt knows Ctrl-C, and would wait for ever after Ctrl-D.
  const onKey = (_: unknown, { ctrl, name }: { readonly ctrl?: boolean; readonly name?: string }): void => {
    if (ctrl === true && name === 'd') leaving.abort();
  };
  input.on('keypress', onKey);
  try {
    return await prompt({ message: 'Password' }, { input, output, signal: leaving.signal });
  } catch (error) {
    const isLeft = error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name);
    throw isLeft ? misuse('No password was typed; nothing was changed.') : error;
  } finally {
    input.off('keypress', onKey);
  }
}

async function firstLine(input: Input): Promise<string> {
  const lines = createInterface({ input });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
}
