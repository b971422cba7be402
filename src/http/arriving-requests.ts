/** Connections on which no whole request arrives: a stop does not wait for them. */

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { App } from './route.ts';

/** What is on its way when a stop begins takes one or two round trips. */
const ARRIVES_WITHIN_MS = 500;

interface ArrivingRequest {
  readonly raw: IncomingMessage;
  /** What reads a request handles it from here on, even if not all of it is there: an upload. */
  isHandled: boolean;
}

/**
 * Lets the server end such connections when it closes. Some are opened in advance, of others the sender went away in the middle, and each
 * would keep the server until a limit of many seconds. Requests that have arrived are answered, and uploads are read to their end.
 */
export function endUnfinishedRequests(app: App): void {
  const connections = new Set<Socket>();
  /** The newest request of each socket that is not answered. */
  const requestBySocket = new Map<Socket, ArrivingRequest>();
  let isClosing = false;

  const isArrived = (socket: Socket): boolean => {
    const request = requestBySocket.get(socket);
    return request !== undefined && (request.isHandled || request.raw.complete);
  };
  const limit = (socket: Socket): void => {
    const timer = setTimeout(() => {
      if (!isArrived(socket)) socket.destroy();
    }, ARRIVES_WITHIN_MS);
    socket.once('close', () => clearTimeout(timer));
  };

  app.server.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => {
      connections.delete(socket);
      requestBySocket.delete(socket);
    });
    if (isClosing) limit(socket);
  });
  app.addHook('onRequest', ({ raw }, _reply, done) => {
    requestBySocket.set(raw.socket, { raw, isHandled: false });
    done();
  });
  app.addHook('preValidation', ({ raw }, _reply, done) => {
    const request = requestBySocket.get(raw.socket);
    if (request?.raw === raw) request.isHandled = true;
    done();
  });
  app.addHook('onResponse', ({ raw }, _reply, done) => {
    if (requestBySocket.get(raw.socket)?.raw === raw) requestBySocket.delete(raw.socket);
    done();
  });
  app.addHook('preClose', (done) => {
    isClosing = true;
    for (const socket of connections) limit(socket);
    done();
  });
}
