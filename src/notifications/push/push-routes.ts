/** What a browser needs to subscribe to web push. */

import { Type } from 'typebox';
import { namedObject } from '../../http/schemas.ts';
import type { App } from '../../http/route.ts';
import type { PushKeys } from './push-keys.ts';

export interface PushRouteDependencies {
  readonly pushKeys: Pick<PushKeys, 'publicKey'>;
}

export function registerPushRoutes(app: App, { pushKeys }: PushRouteDependencies): void {
  app.get('/notification-push-key', {
    config: { access: 'user', problems: ['encryption-key-missing'] },
    schema: {
      operationId: 'getNotificationPushKey',
      summary: 'The key with which a browser subscribes to web push',
      description: 'The `applicationServerKey` of `pushManager.subscribe`. It does not change.',
      tags: ['notifications'],
      response: {
        200: namedObject('PushKey', {
          publicKey: Type.String({ description: 'A point of P-256, in base64url.' }),
        }),
      },
    },
    handler: async () => ({ publicKey: await pushKeys.publicKey() }),
  });
}
