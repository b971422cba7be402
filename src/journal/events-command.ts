/** `manage events`: the journal of everyone, for operators. */

import { misuse } from '../commands/command.ts';
import { defineCommand, flag, value, values } from '../commands/define-command.ts';
import { idFrom } from '../commands/words.ts';
import { JOURNAL_CATEGORIES, SEVERITIES } from '../core/domain/journal-entry.ts';
import { csvRows, csvText } from '../http/csv.ts';
import { AdministeredEntryView, administeredEntryView } from './administered-entry-view.ts';
import { atLeast, LONGEST_TEXT, SHORTEST_TEXT } from './entry-filter.ts';
import { flat, pagesFrom } from './entry-lists.ts';
import { EntrySearchStore } from './entry-search-store.ts';
import type { EntryPageRequest, EntrySearch } from './entry-search-store.ts';
import type { StoredJournalEntry } from './journal-store.ts';

const USUALLY_LISTED = 50;
const MOST_LISTED = 100_000;

const OPTIONS = {
  user: value('ID', 'entries about this person or an account of theirs'),
  account: value('ID', 'entries about this account'),
  strategy: value('ID', 'entries about this strategy'),
  from: value('TIME', 'those recorded then or later, such as 2026-01-31T12:00:00Z'),
  to: value('TIME', 'those recorded before then'),
  type: values('TYPE', 'entries of this type; may be given several times'),
  severity: value('SEVERITY', `entries as severe, or more: one of ${SEVERITIES.join(', ')}`),
  category: value('CATEGORY', `one of ${JOURNAL_CATEGORIES.join(', ')}`),
  text: value('TEXT', 'a part of the description'),
  after: value('NUMBER', 'entries above this number'),
  before: value('NUMBER', 'entries below this number'),
  'oldest-first': flag('begin with the oldest'),
  limit: value('NUMBER', `how many at most; ${USUALLY_LISTED} when left out`),
  json: flag('print one JSON object a line'),
  csv: flag('print CSV'),
} as const;

export const eventsCommand = defineCommand({
  name: 'events',
  about: `
Lists entries of the journal, of everyone, newest first: what people, administrators, commands and the server did.
`,
  options: OPTIONS,
  needs: 'database',
  async run({ values: given, io, openOrm }) {
    if (given.json === true && given.csv === true) throw misuse('Name one of --json and --csv.');
    const limit = numberFrom('--limit', given.limit, MOST_LISTED) ?? USUALLY_LISTED;
    if (limit === 0) throw misuse('--limit is at least 1.');
    const search: EntrySearch = {
      userId: given.user === undefined ? undefined : idFrom(given.user),
      accountId: given.account === undefined ? undefined : idFrom(given.account),
      strategyId: given.strategy === undefined ? undefined : idFrom(given.strategy),
      recorded: { from: timeFrom('--from', given.from), until: timeFrom('--to', given.to) },
      types: given.type,
      severities: atLeastFrom(given.severity),
      category: oneOf('--category', JOURNAL_CATEGORIES, given.category),
      text: textFrom(given.text),
    };
    const page: EntryPageRequest = {
      after: numberFrom('--after', given.after),
      before: numberFrom('--before', given.before),
      isDescending: given['oldest-first'] !== true,
      limit,
    };
    const print = printerOf(given, (text) => io.stdout.write(text));
    const store = new EntrySearchStore(await openOrm());
    let count = 0;
    for await (const entries of pagesFrom(page, (next) => store.find(search, next), limit)) {
      print(entries);
      count += entries.length;
    }
    if (count === 0 && given.json !== true && given.csv !== true) io.stdout.write('No entries.\n');
  },
});

function printerOf(
  { json, csv }: { readonly json?: boolean | undefined; readonly csv?: boolean | undefined },
  write: (text: string) => void,
) {
  if (json === true) {
    return (entries: readonly StoredJournalEntry[]): void => {
      for (const entry of entries) write(`${JSON.stringify(administeredEntryView(entry))}\n`);
    };
  }
  if (csv !== true) {
    return (entries: readonly StoredJournalEntry[]): void => {
      for (const entry of entries) write(`${lineOf(entry)}\n`);
    };
  }
  const columns = Object.keys(AdministeredEntryView.properties);
  write(csvText(columns, []));
  return (entries: readonly StoredJournalEntry[]): void => {
    write(
      csvRows(
        columns,
        entries.map((entry) => flat(administeredEntryView(entry))),
      ),
    );
  };
}

function lineOf(entry: StoredJournalEntry): string {
  const { sequence, occurredAt, severity, type, description } = entry;
  return `${sequence} ${new Date(occurredAt).toISOString()} ${severity} ${type} ${description}`;
}

function numberFrom(
  option: string,
  text: string | undefined,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d{1,16}$/.test(text) || number > most)
    throw misuse(`${option} is a whole number from 0 to ${most}.`);
  return number;
}

function timeFrom(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (!/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text) || Number.isNaN(at))
    throw misuse(`${option} is a time such as 2026-01-31T12:00:00Z.`);
  return at;
}

function oneOf<Name extends string>(
  option: string,
  names: readonly Name[],
  text: string | undefined,
): Name | undefined {
  const name = names.find((known) => known === text);
  if (text !== undefined && name === undefined) throw misuse(`${option} is one of ${names.join(', ')}.`);
  return name;
}

function atLeastFrom(text: string | undefined) {
  const severity = oneOf('--severity', SEVERITIES, text);
  return severity && atLeast(severity);
}

function textFrom(text: string | undefined): string | undefined {
  if (text !== undefined && (text.length < SHORTEST_TEXT || text.length > LONGEST_TEXT))
    throw misuse(`--text has ${SHORTEST_TEXT} to ${LONGEST_TEXT} characters.`);
  return text;
}
