/** `manage security`: the security overview, for when HTTP cannot be reached. */

import { misuse } from '../../commands/command.ts';
import { defineCommand, value } from '../../commands/define-command.ts';
import { countText, numberOf, timeText } from '../../commands/text.ts';
import { CHANGE_NAMES, CHANGES } from './security-changes.ts';
import { SecurityOverviewStore } from './security-overview-store.ts';
import { DEFAULT_HOURS, MOST_HOURS, SecurityOverviews } from './security-overviews.ts';
import type { SecurityOverview } from './security-overview-store.ts';

export const securityCommand = defineCommand({
  name: 'security',
  about: `
Shows what happened to the safety of accounts lately, and what holds now: failed sign-ins, delays, blocks, new devices, changes of passwords,
second factors and e-mail addresses, API keys, what administrators did, and who has no second factor.
`,
  options: { hours: value('NUMBER', `how far back, 1 to ${MOST_HOURS}; ${DEFAULT_HOURS} when left out`) },
  needs: 'database',
  async run({ values: { hours }, io, openOrm }) {
    const wanted = hoursFrom(hours);
    const store = new SecurityOverviewStore(await openOrm());
    const overviews = new SecurityOverviews({ store, clock: Date.now });
    for (const line of linesOf(await overviews.ofLast(wanted))) io.stdout.write(`${line}\n`);
  },
});

function hoursFrom(text: string | undefined): number {
  if (text === undefined) return DEFAULT_HOURS;
  const hours = Number(text);
  if (!/^\d{1,3}$/.test(text) || hours < 1 || hours > MOST_HOURS)
    throw misuse(`--hours is a whole number from 1 to ${MOST_HOURS}.`);
  return hours;
}

function linesOf(overview: SecurityOverview): readonly string[] {
  const { from, to, failedSignIns, changes, delayed, blocks, administrators, interventions } = overview;
  return [
    `From ${timeText(from)} to ${timeText(to)}:`,
    `  ${countText(failedSignIns.count)} sign-ins failed`,
    ...failedSignIns.byAddress.map(
      ({ ipAddress = 'unknown address', count, people }) =>
        `    ${countText(count)} from ${ipAddress}; ${numberOf(people, 'user')} tried`,
    ),
    ...failedSignIns.byPerson.map(({ username, count }) => `    ${countText(count)} of ${username}`),
    ...CHANGE_NAMES.map((name) => `  ${countText(changes[name])} ${CHANGES[name].things}`),
    `  ${countText(changes.newDevices)} sign-ins from new devices`,
    `  ${interventions.length === 0 ? 'no' : 'the newest'} changes by administrators`,
    ...interventions.map(({ at, type, description }) => `    ${timeText(at)} ${type}: ${description}`),
    'Now:',
    `  ${numberOf(blocks.automatic, 'automatic block')}, ${numberOf(blocks.manual, 'manual block')}`,
    ...blocks.newest.map(({ ipAddress, blockedUntil, reason }) => {
      const until = blockedUntil === undefined ? 'for ever' : `until ${timeText(blockedUntil)}`;
      return `    ${ipAddress} ${until}: ${reason}`;
    }),
    ...delayed.map(({ username, until }) => `  ${username} has to wait until ${timeText(until)}`),
    ...administrators.map(
      ({ username, hasSecondFactor }) =>
        `  administrator ${username}, ${hasSecondFactor ? 'with' : 'without'} a second factor`,
    ),
    `  ${countText(overview.peopleWithoutSecondFactor)} without a second factor, of all who may use the server`,
  ];
}
