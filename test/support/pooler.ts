/** Stands where a pooler would: one connection for each client, but with a process number of its own, as poolers have. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

const BACKEND_KEY_DATA = 'K'.charCodeAt(0);
const INVENTED_PID = 7;

export interface Pooler extends AsyncDisposable {
  /** The same database, through it. */
  readonly url: string;
}

/** Starts it in front of the server of this address. */
export async function startPooler(databaseUrl: string): Promise<Pooler> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => [client, upstream].forEach((each) => each.destroy()));
    }
    client.pipe(upstream);
    const rewrite = pidRewriter();
    upstream.on('data', (data) => void client.write(rewrite(data)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Passes messages on as they come, whole, up to the one with the number; after it everything. */
function pidRewriter(): (data: Buffer) => Buffer {
  let rest: Buffer | undefined = Buffer.alloc(0);
  return (data) => {
    if (rest === undefined) return data;
    const messages: Buffer = Buffer.concat([rest, data]);
    let end = 0;
    while (end + 5 <= messages.length) {
      const next = end + 1 + messages.readUInt32BE(end + 1);
      if (next > messages.length) break;
      if (messages[end] === BACKEND_KEY_DATA) {
        messages.writeInt32BE(INVENTED_PID, end + 5);
        rest = undefined;
        return messages;
      }
      end = next;
    }
    rest = messages.subarray(end);
    return messages.subarray(0, end);
  };
}
