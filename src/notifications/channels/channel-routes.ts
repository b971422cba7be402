/** A person's channels over HTTP. */

import { Type } from 'typebox';
import { SEVERITIES } from '../../core/domain/journal-entry.ts';
import { principalOf } from '../../http/authenticate.ts';
import { clientOf } from '../../http/client.ts';
import { IdParams, NoContent, namedObject } from '../../http/schemas.ts';
import { Id, Instant, instantText, lineOfText, orNull } from '../../http/values.ts';
import { NOTIFICATION_TYPE_NAMES } from '../notification-types.ts';
import { CHANNEL_KINDS } from './channel-store.ts';
import { listSchema } from '../../http/pagination.ts';
import { preconditionOf } from '../../http/preconditions.ts';
import type { Static } from 'typebox';
import type { App } from '../../http/route.ts';
import type { Channels } from './channels.ts';
import type { StoredChannel } from './channel-store.ts';

export interface ChannelRouteDependencies {
  readonly notificationChannels: Channels;
}

const Choices = {
  name: lineOfText(100, 'For people.'),
  minSeverity: Type.Enum(SEVERITIES, {
    description: 'This severity and higher ones; warning when left out.',
  }),
  mutedTypes: Type.Array(Type.Enum(NOTIFICATION_TYPE_NAMES), {
    uniqueItems: true,
    maxItems: NOTIFICATION_TYPE_NAMES.length,
    description: 'Types that are not sent here.',
  }),
  isDigest: Type.Boolean({ description: 'Whether all that is not critical comes once a day.' }),
  isEscalation: Type.Boolean({
    description:
      'Whether what is critical and not read is sent here again, as `/notification-settings` say; it is when left out.',
  }),
  isOn: Type.Boolean(),
};

const ChannelView = namedObject('NotificationChannel', {
  id: Id,
  kind: Type.Enum(CHANNEL_KINDS),
  ...Choices,
  name: Type.String(),
  mutedTypes: Type.Array(Type.String()),
  target: orNull(
    Type.String({
      description: 'The host or the chat that it leads to; null for e-mail. The address itself is not shown.',
    }),
  ),
  offReason: orNull(Type.String({ description: 'Why the server turned it off.' })),
  createdAt: Instant,
});

const AddedView = namedObject(
  'AddedNotificationChannel',
  {
    ...ChannelView.properties,
    signingSecret: orNull(
      Type.String({
        description: 'What messages to a webhook are signed with. Shown this once.',
        examples: ['whsec_…'],
      }),
    ),
  },
  { description: 'Added.' },
);

const ChannelBody = namedObject(
  'NewNotificationChannel',
  {
    kind: Type.Enum(CHANNEL_KINDS),
    name: Choices.name,
    url: Type.Optional(
      Type.String({
        maxLength: 2_048,
        description: 'Of a webhook, or the incoming webhook of Slack or Discord.',
      }),
    ),
    botToken: Type.Optional(
      Type.String({ pattern: '^[0-9]{1,20}:[A-Za-z0-9_-]{10,100}$', description: 'Of a Telegram bot.' }),
    ),
    chatId: Type.Optional(
      Type.String({
        pattern: '^(-?[0-9]{1,20}|@[A-Za-z0-9_]{1,64})$',
        description: 'The Telegram chat that the bot writes to.',
      }),
    ),
    subscription: Type.Optional(
      namedObject(
        'PushSubscription',
        {
          endpoint: Type.String({ maxLength: 2_048 }),
          expirationTime: Type.Optional(orNull(Type.Number())),
          keys: Type.Object(
            {
              p256dh: Type.String({ pattern: '^[A-Za-z0-9_-]{87}=?$' }),
              auth: Type.String({ pattern: '^[A-Za-z0-9_-]{22}(==)?$' }),
            },
            { additionalProperties: false },
          ),
        },
        {
          additionalProperties: false,
          description: "A browser's subscription to web push, as `PushSubscription.toJSON()` gives it.",
        },
      ),
    ),
    minSeverity: Type.Optional(Choices.minSeverity),
    mutedTypes: Type.Optional(Choices.mutedTypes),
    isDigest: Type.Optional(Choices.isDigest),
    isEscalation: Type.Optional(Choices.isEscalation),
    isOn: Type.Optional(Choices.isOn),
  },
  {
    additionalProperties: false,
    examples: [
      { kind: 'webhook', name: 'My server', url: 'https://example.com/forex', minSeverity: 'warning' },
    ],
  },
);

const ChannelPatch = namedObject(
  'NotificationChannelChange',
  {
    name: Type.Optional(Choices.name),
    minSeverity: Type.Optional(Choices.minSeverity),
    mutedTypes: Type.Optional(Choices.mutedTypes),
    isDigest: Type.Optional(Choices.isDigest),
    isEscalation: Type.Optional(Choices.isEscalation),
    isOn: Type.Optional(Choices.isOn),
  },
  { additionalProperties: false, examples: [{ minSeverity: 'error' }], minProperties: 1 },
);

const tags = ['notifications'];
const VERSION = Object.keys(Choices);

export function registerChannelRoutes(
  app: App,
  { notificationChannels: channels }: ChannelRouteDependencies,
): void {
  app.get('/notification-channels', {
    config: { access: 'user' },
    schema: {
      operationId: 'listNotificationChannels',
      summary: 'Where I am notified',
      tags,
      response: { 200: listSchema(ChannelView) },
    },
    handler: async (request) => ({
      items: (await channels.listOf(principalOf(request).userId)).map(channelView),
    }),
  });

  app.post('/notification-channels', {
    config: {
      access: 'user',
      isIdempotent: true,
      showsSecret: true,
      problems: ['limit-reached', 'mail-off', 'encryption-key-missing'],
    },
    schema: {
      operationId: 'addNotificationChannel',
      summary: 'Be notified in one more place',
      description:
        'email needs nothing, webhook, slack and discord need `url`, telegram needs `botToken` and `chatId`, push needs `subscription`. Until there is one for e-mail, ' +
        'or a webhook, `/settings` decide about it. A repetition under the same Idempotency-Key gives the same channel another signing secret.',
      tags,
      body: ChannelBody,
      response: { 201: AddedView },
    },
    handler: async (request, reply) => {
      const {
        minSeverity = 'warning',
        mutedTypes = [],
        isDigest = false,
        isEscalation = true,
        isOn = true,
        ...rest
      } = request.body;
      const { channel, signingSecret = null } = await channels.add(
        principalOf(request).userId,
        request.reservedId,
        { ...rest, minSeverity, mutedTypes, isDigest, isEscalation, isOn },
        clientOf(request),
      );
      return reply.code(201).send({ ...channelView(channel), signingSecret });
    },
  });

  app.get('/notification-channels/:id', {
    config: { access: 'user', versionOf: VERSION, problems: ['not-found'] },
    schema: {
      operationId: 'getNotificationChannel',
      summary: 'A channel of mine',
      tags,
      params: IdParams,
      response: { 200: ChannelView },
    },
    handler: async (request) =>
      channelView(await channels.get(principalOf(request).userId, request.params.id)),
  });

  app.patch('/notification-channels/:id', {
    config: { access: 'user', versionOf: VERSION, problems: ['not-found'] },
    schema: {
      operationId: 'changeNotificationChannel',
      summary: 'Change what a channel of mine is for',
      tags,
      params: IdParams,
      body: ChannelPatch,
      response: { 200: ChannelView },
    },
    handler: async (request) =>
      channelView(
        await channels.change(
          principalOf(request).userId,
          request.params.id,
          request.body,
          preconditionOf(request, channelView),
        ),
      ),
  });

  app.delete('/notification-channels/:id', {
    config: { access: 'user', problems: ['not-found'] },
    schema: {
      operationId: 'removeNotificationChannel',
      summary: 'Remove a channel, and the messages that wait for it',
      tags,
      params: IdParams,
      response: { 204: NoContent },
    },
    handler: async (request, reply) => {
      await channels.remove(principalOf(request).userId, request.params.id, clientOf(request));
      return reply.code(204).send();
    },
  });

  app.post('/notifications/test', {
    config: {
      access: 'user',
      isIdempotent: true,
      isBodyOptional: true,
      cost: 'history',
      problems: ['not-found', 'secret-unreadable'],
    },
    schema: {
      operationId: 'testNotification',
      summary: 'Send a message now, and see what its receiver said',
      tags,
      body: namedObject(
        'NotificationTest',
        {
          channelId: Type.Optional({ ...Id, description: 'My own e-mail address when left out.' }),
        },
        { additionalProperties: false, examples: [{}] },
      ),
      response: {
        200: namedObject('NotificationTestResult', {
          isSent: Type.Boolean(),
          answer: Type.String({
            description: 'What the receiver said, or why it could not be asked.',
            examples: ['200 ok'],
          }),
        }),
      },
    },
    handler: async (request) => {
      const { outcome, said } = await channels.test(principalOf(request).userId, request.body.channelId);
      return { isSent: outcome === 'sent', answer: said };
    },
  });
}

function channelView(channel: StoredChannel): Static<typeof ChannelView> {
  const { id, kind, name, minSeverity, mutedTypes, isDigest, isEscalation, isOn, target } = channel;
  const { offReason, createdAt } = channel;
  return {
    id,
    kind,
    name,
    minSeverity,
    mutedTypes: [...mutedTypes],
    isDigest,
    isEscalation,
    isOn,
    target: target ?? null,
    offReason: offReason ?? null,
    createdAt: instantText(createdAt),
  };
}
