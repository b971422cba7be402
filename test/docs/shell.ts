/** Runs blocks of shell as they are written, one after the other, as one person at one terminal does. */

import { execFile, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { present } from '../../src/core/shared/assert.ts';

export const NO_CURL = 'bash or curl is not installed';

export function hasCurl(): boolean {
  return spawnSync('bash', ['--norc', '-c', 'command -v curl']).status === 0;
}

/** What one block did. */
export interface Deeds {
  /** What curl was answered. */
  readonly answers: readonly Answer[];
  /** The words of each other command, which is not run here. */
  readonly commands: readonly (readonly string[])[];
}

interface Answer {
  readonly status: number;
  readonly asked: string;
  readonly text: string;
}

/** Commands that are only noted down. */
const NOTED = ['npm', 'npx', 'manage', 'docker', 'openssl', 'git', 'cd', 'sleep'];

/**
 * `$ACCOUNT`, `$STRATEGY`, `$ORDER`, `$POSITION` and `$SERIES` stand for the id in the answer that made one, as docs/trading.md says. An order
 * that is filled names its position.
 */
const PRELUDE = `
set -eo pipefail
field() { sed -n 's/.*"'"$1"'":"\\([^"]*\\)".*/\\1/p' <<< "$2" | head -n 1; }
made() { sed -n 's/^{"id":"\\([^"]*\\)".*/\\1/p' <<< "$1"; }
curl() {
  local answer id
  answer=$(command curl -sS -D "$WORK/head" "$@")
  printf '%s\\0' "$(grep -a '^HTTP/' "$WORK/head" | tail -n 1 | cut -d ' ' -f 2)" "$*" "$answer" >> "$WORK/answers"
  printf '%s\\n' "$answer"
  id=$(made "$answer")
  if [ -z "$id" ]; then return; fi
  case "$*" in
    *"-X POST $API/accounts "*'"practice"'*) ACCOUNT=$id; PRACTICE=$id ;;
    *"-X POST $API/accounts "*) ACCOUNT=$id ;;
    *"-X POST $API/strategies "*) STRATEGY=$id ;;
    *"-X POST $API/price-series"*) SERIES=$id ;;
    *"-X POST $API/orders "*) ORDER=$id; POSITION=$(field positionId "$answer") ;;
  esac
}
${NOTED.map((name) => `${name}() { printf '%s\\0' ${name} "$@" '' >> "$WORK/commands"; }`).join('\n')}
touch "$WORK/variables"
. "$WORK/variables"
`;
const VARIABLES = 'API JSON TOKEN AUTH OANDA_TOKEN ACCOUNT PRACTICE STRATEGY ORDER POSITION SERIES';
/** Variables outlast a block. */
const POSTLUDE = `for name in ${VARIABLES}; do declare -p "$name" >> "$WORK/next" 2> /dev/null || true; done; mv "$WORK/next" "$WORK/variables"`;

/** A terminal whose working folder is `folder`; it ends with it. */
export class Shell {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Runs a block; fails when one of its commands does. */
  async run(block: string): Promise<Deeds> {
    for (const name of ['answers', 'commands', 'next']) await writeFile(join(this.#folder, name), '');
    await promisify(execFile)('bash', ['--norc', '-c', `${PRELUDE}\n${block}\n${POSTLUDE}`], {
      cwd: this.#folder,
      env: { PATH: process.env['PATH'], WORK: this.#folder },
    });
    return { answers: await this.#answers(), commands: await this.#commands() };
  }

  async #answers(): Promise<readonly Answer[]> {
    const parts = (await this.#read('answers')).split('\0');
    return Array.from({ length: Math.floor(parts.length / 3) }, (_, index) => {
      const [status, asked, text] = parts.slice(index * 3);
      return {
        status: Number(status),
        asked: present(asked, 'what was asked'),
        text: present(text, 'the answer'),
      };
    });
  }

  async #commands(): Promise<readonly (readonly string[])[]> {
    const commands = (await this.#read('commands')).split('\0\0').filter((text) => text !== '');
    return commands.map((text) => text.split('\0'));
  }

  #read(name: string): Promise<string> {
    return readFile(join(this.#folder, name), 'utf8');
  }
}
