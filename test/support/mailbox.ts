/** A mail server on a port of its own that keeps what it is sent, and refuses what the test says. */

import { createServer } from 'node:net';
import { afterAll } from 'vitest';
import type { AddressInfo, Socket } from 'node:net';

/** As an answer: none. */
export const SILENCE = '';

/** A mail as it arrived. */
export interface ArrivedMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Opens a mailbox for the tests of a file. */
export async function openMailbox() {
  const mails: ArrivedMail[] = [];
  const sockets = new Set<Socket>();
  /** The answer to each command that begins with a word, instead of "250 ok". */
  const answers = new Map<string, string>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    receive(socket, answers, (mail) => mails.push(mail));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    answers,
    /** The mails to one address with a subject, or with any, oldest first. */
    to: (address: string, subject?: string) =>
      mails.filter((mail) => mail.to === address && (subject ?? mail.subject) === mail.subject),
    /** The code in the newest mail to an address. */
    codeTo: (address: string): string => {
      const text = mails.findLast(({ to }) => to === address)?.text ?? '';
      return /^[\w-]{43}$/m.exec(text)?.[0] ?? `no code in: ${text}`;
    },
  };
}

function receive(
  socket: Socket,
  answers: ReadonlyMap<string, string>,
  keep: (mail: ArrivedMail) => void,
): void {
  let rest = '';
  let to = '';
  let body: string[] | undefined;
  const answer = (line: string): void => {
    if (line !== SILENCE) socket.write(`${line}\r\n`);
  };
  answer('220 mailbox');
  socket.on('data', (bytes) => {
    const lines = (rest + bytes.toString()).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (body && line !== '.') body.push(line.replace(/^\.\./, '.'));
      else if (body) {
        keep(mailOf(to, body));
        body = undefined;
        answer(answers.get('.') ?? '250 kept');
      } else {
        const [word = ''] = line.toUpperCase().split(/[ :]/);
        if (word === 'RCPT') to = /<(.+)>/.exec(line)?.[1] ?? '';
        const refusal = answers.get(word);
        if (refusal !== undefined) answer(refusal);
        else if (word === 'DATA') {
          body = [];
          answer('354 go on');
        } else if (word === 'QUIT') socket.end('221 bye\r\n');
        else answer('250 ok');
      }
    }
  });
}

function mailOf(to: string, lines: readonly string[]): ArrivedMail {
  const blank = lines.indexOf('');
  // A long line continues on the next.
  const head = lines
    .slice(0, blank)
    .join('\n')
    .replaceAll(/\n[ \t]/g, ' ');
  const text = lines.slice(blank + 1).join('\n');
  const encoding = /^content-transfer-encoding: (\S+)$/im.exec(head)?.[1]?.toLowerCase() ?? '7bit';
  return { to, subject: /^subject: (.*)$/im.exec(head)?.[1] ?? '', text: decoded(text, encoding) };
}

function decoded(text: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(text, 'base64').toString();
  if (encoding !== 'quoted-printable') return text;
  const bytes = text
    .replaceAll('=\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
