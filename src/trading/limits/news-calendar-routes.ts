/** The calendar of news of an account, sent as a file. */

import { Type } from 'typebox';
import { principalOf } from '../../http/authenticate.ts';
import { CSV_MEDIA_TYPE } from '../../http/csv.ts';
import { IdParams } from '../../http/schemas.ts';
import { ACCOUNT_VERSION, AccountView, accountView } from '../accounts/account-view.ts';
import { newsWindowsFrom } from './news-calendar.ts';
import { preconditionOf } from '../../http/preconditions.ts';
import type { App } from '../../http/route.ts';
import type { Accounts } from '../accounts/accounts.ts';

/** A thousand lines with long titles. */
const LARGEST_CALENDAR_BYTES = 512 * 1024;
const LONGEST_MINUTES = 1_440;

const CalendarQuery = Type.Object(
  {
    minutesBefore: Type.Optional(
      Type.Integer({ minimum: 0, maximum: LONGEST_MINUTES, default: 30, description: 'Before each time.' }),
    ),
    minutesAfter: Type.Optional(
      Type.Integer({ minimum: 1, maximum: LONGEST_MINUTES, default: 30, description: 'After each time.' }),
    ),
    impact: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 32,
        description: 'Only lines with this word in the column `impact`; all when left out.',
        examples: ['High'],
      }),
    ),
  },
  { additionalProperties: false },
);

export function registerNewsCalendarRoutes(app: App, deps: { readonly accounts: Accounts }): void {
  void app.register(async (files: App) => {
    files.removeAllContentTypeParsers();
    files.addContentTypeParser(
      CSV_MEDIA_TYPE,
      { parseAs: 'string', bodyLimit: LARGEST_CALENDAR_BYTES },
      (_request, text, done) => done(null, text),
    );
    registerCalendar(files, deps);
  });
}

function registerCalendar(app: App, { accounts }: { readonly accounts: Accounts }): void {
  app.put('/accounts/:id/news-calendar', {
    config: {
      access: 'user',
      versionOf: ACCOUNT_VERSION,
      changes: ['limits'],
      problems: ['not-found', 'conflict', 'payload-too-large', 'unsupported-media-type'],
    },
    schema: {
      operationId: 'putNewsCalendar',
      summary: 'Replace the newsWindows of an account by the times of a CSV file',
      description:
        'A file with a header and the columns `time` and `currency`; `impact` where it is asked for. Others are not looked at. Entries are denied around ' +
        'each time in instruments with its currency, or in all where that is empty or `All`.',
      tags: ['accounts'],
      params: IdParams,
      querystring: CalendarQuery,
      body: { content: { [CSV_MEDIA_TYPE]: { schema: Type.String() } } },
      response: { 200: AccountView },
    },
    handler: async (request) => {
      const { userId } = principalOf(request);
      const { minutesBefore = 30, minutesAfter = 30, impact } = request.query;
      // The only parser of this scope gives text.
      const windows = newsWindowsFrom(String(request.body), { minutesBefore, minutesAfter, impact });
      const newsWindows = windows.length === 0 ? null : windows;
      const change = { limits: { newsWindows } };
      const precondition = preconditionOf(request, accountView);
      return accountView(await accounts.change(userId, request.params.id, change, precondition));
    },
  });
}
