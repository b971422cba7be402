/** Every service of the server, on its stores, market and journal. */

import { makeEmail } from './compose-email.ts';
import { makeJobs } from './compose-jobs.ts';
import { makeHistory } from './compose-history.ts';
import { makeNotifications } from './compose-notifications.ts';
import { makePasswordProof } from './compose-proof.ts';
import { makeTrading } from './compose-trading.ts';
import { Interventions } from '../trading/administration/interventions.ts';
import { TradingAdmin } from '../trading/administration/trading-admin.ts';
import { AddressAdmin } from '../people/administration/address-admin.ts';
import { ServerSettings } from '../people/administration/server-settings.ts';
import { daysByCategory } from '../people/administration/system-settings-store.ts';
import { SeriesAdmin } from '../prices/administration/series-admin.ts';
import { SecurityOverviews } from '../people/security-overview/security-overviews.ts';
import { PeopleAdmin } from '../people/administration/people-admin.ts';
import { ApiKeys } from '../people/api-keys/api-keys.ts';
import { Auth } from '../people/auth.ts';
import { Credentials } from '../people/credentials.ts';
import { RememberedTokens } from '../people/remembered-tokens.ts';
import { PasswordChange } from '../people/password-change.ts';
import { RecordedChanges } from '../people/recorded-changes.ts';
import { Refusals } from '../people/refusals.ts';
import { Idempotency } from '../http/idempotency/idempotency.ts';
import { SecondFactorCheck } from '../people/second-factor/second-factor-check.ts';
import { SecondFactors } from '../people/second-factor/second-factors.ts';
import { Sessions } from '../people/sessions.ts';
import { Settings } from '../people/settings.ts';
import { Users } from '../people/users.ts';
import type { LimitedParts, ServiceParts } from './service-parts.ts';

/** Makes the services of people and of trading. */
export function makeServices(parts: ServiceParts) {
  const { stores, journal, clock, log } = parts;
  const serverSettings = new ServerSettings({
    store: stores.systemSettings,
    journal,
    clock,
    sendsMail: parts.config.SMTP_URL !== undefined,
  });
  const all = { ...parts, limits: serverSettings };
  const trading = makeTrading(all);
  const { accounts, supervisor } = trading;
  const [people, history, notifications] = [makePeople(all), makeHistory(all), makeNotifications(all)];
  return {
    serverSettings,
    tracing: parts.tracing,
    ...people,
    ...trading,
    ...history,
    ...notifications,
    ...makeJobs({
      ...parts,
      priceTopUps: history.priceTopUps,
      journalDays: async () => daysByCategory(await serverSettings.get()),
      expiringByName: {
        sessions: people.sessions,
        'links in e-mails': people.userTokens,
        'remembered answers': people.idempotency,
        'failed sign-ins': people.failedSignIns,
        devices: people.knownSenders,
        blocks: people.blockedIps,
        'unfinished uploads': history.priceSeries,
        'sent e-mails': people.mails,
        notifications: notifications.notifications,
        'sent messages': notifications.notificationDeliveries,
      },
    }),
    tradingAdmin: new TradingAdmin({
      store: stores.tradingAdmin,
      holds: stores.holds,
      journal,
      committed: () => journal.wake(),
    }),
    seriesAdmin: new SeriesAdmin({ store: stores.seriesAdmin, journal }),
    interventions: new Interventions({ stored: stores.accounts, accounts, supervisor, journal, log }),
  };
}

function makePeople(parts: LimitedParts) {
  const { config, stores, keys, journal, clock, log, trustedProxies, leaseMs, limits } = parts;
  const store = stores.users;
  const remembered = new RememberedTokens();
  const sessions = new Sessions({ store: stores.sessions, remembered, clock, limits });
  const apiKeys = new ApiKeys({ store: stores.apiKeys, remembered, journal, clock, limits });
  const users = new Users({ store, journal });
  const check = new SecondFactorCheck({ store: stores.secondFactors, keys, clock });
  const proofParts = { stores, users, check, journal, clock, trustedProxies, limits };
  const { blockedIps, failures, knownSenders, proof, newPasswords } = makePasswordProof(proofParts);
  const email = makeEmail({
    config,
    stores,
    journal,
    newPasswords,
    knownSenders,
    proof,
    sessions,
    apiKeys,
    clock,
    log,
  });
  return {
    sessions,
    apiKeys,
    credentials: new Credentials({ sessions, apiKeys, remembered, clock }),
    users,
    passwordProof: proof,
    passwordChange: new PasswordChange({ newPasswords, proof, sessions, journal }),
    secondFactors: new SecondFactors({
      store: stores.secondFactors,
      check,
      users,
      proof,
      sessions,
      journal,
      canVerify: email.mails.isOn,
      rules: limits,
      clock,
    }),
    ...email,
    auth: new Auth({
      proof,
      users,
      signUps: limits,
      verification: email.emailVerification,
      sessions,
      knownSenders,
      journal,
    }),
    failedSignIns: failures,
    knownSenders,
    settings: new Settings({ store: stores.settings }),
    blockedIps,
    refusals: new Refusals({ journal, clock }),
    changes: new RecordedChanges({ journal }),
    peopleAdmin: new PeopleAdmin({
      store: stores.peopleAdmin,
      deletions: stores.deletions,
      users,
      sessions,
      apiKeys,
      newPasswords,
      failures,
      secondFactors: stores.secondFactors,
      emails: stores.emails,
      journal,
      clock,
    }),
    addressAdmin: new AddressAdmin({ blockedIps, journal }),
    securityOverviews: new SecurityOverviews({ store: stores.securityOverview, clock }),
    idempotency: new Idempotency({ store: stores.idempotency, clock, leaseMs }),
  };
}
