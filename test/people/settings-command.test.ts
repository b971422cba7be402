/** `manage settings`: what administrators decide for the whole server. */
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { settingsCommand } from '../../src/people/administration/settings-command.ts';
import { useServer } from '../support/test-server.ts';

const context = useServer();

async function settings(argv: readonly string[], sendsMail = true) {
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
  const code = await runCommand(io, () => settingsCommand(() => sendsMail).run(argv, io, open));
  return { code, ...written };
}

const entries = () =>
  context.server.database
    .selectFrom('events')
    .select(['description', 'details'])
    .where('type', '=', 'settings-changed')
    .orderBy('sequence')
    .execute();

describe('manage settings', () => {
  it.each([
    [[], /Say what to do/],
    [['show', 'journalDays'], /Say what to do/],
    [['set'], /Say what to do/],
    [['set', 'days=40'], /days=40 is not known: name one of journalDays, /],
    [['set', 'toString=1'], /is not known/],
    [['set', 'journalDays=40=50'], /is not known/],
    [['set', 'journalDays=29'], /journalDays is a whole number from 30 to 3650/],
    [['set', 'journalDays=4e1'], /from 30 to 3650/],
    [['set', 'adminJournalDays=89'], /adminJournalDays is a whole number from 90 to 3650/],
    [['set', 'securityJournalDays=89'], /securityJournalDays is a whole number from 90 to 3650/],
    [['set', 'securityJournalDays=3651'], /from 90 to 3650/],
    [['set', 'journalDays=40', 'requireVerifiedEmail=yes'], /requireVerifiedEmail is true or false/],
    [['set', 'requireSecondFactor=all'], /requireSecondFactor is one of none, administrators, everyone/],
    [['set', 'hideApiDescription=1'], /hideApiDescription is true or false/],
  ])('refuses %j, and changes nothing', async (argv, expected) => {
    const before = await context.server.serverSettings.get();

    const { code, out, err } = await settings(argv);

    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(expected);
    expect(await context.server.serverSettings.get()).toEqual(before);
    expect(await entries()).toEqual([]);
  });

  it('requires verified addresses only where e-mail is sent', async () => {
    const refused = await settings(['set', 'requireVerifiedEmail=true'], false);

    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('Set SMTP_URL') });
    expect((await settings(['set', 'requireVerifiedEmail=true'])).out).toContain(
      'requireVerifiedEmail=true\n',
    );
    expect((await settings(['set', 'requireVerifiedEmail=false'], false)).code).toBe(0);
  });

  it('shows all settings, and changes those that are named, with an entry in the journal', async () => {
    const changed = await settings(['set', 'journalDays=40', 'securityJournalDays=90']);

    const shown = await settings(['show']);

    expect(changed).toEqual(shown);
    expect(shown.out).toMatch(
      /^journalDays=40\nsystemJournalDays=40\nsecurityJournalDays=90\nadminJournalDays=90\nrequireVerifiedEmail=false\nrequireSecondFactor=none\nhideApiDescription=false\nsignUp=open\npersonLimits\.accounts=100\n/,
    );
    expect(await context.server.serverSettings.get()).toMatchObject({
      journalDays: 40,
      securityJournalDays: 90,
    });
    expect((await entries()).at(-1)?.details).toMatchObject({
      journalDays: { to: 40 },
      securityJournalDays: { from: 730, to: 90 },
    });
  });

  it('lets days of the journal follow others, or have their own', async () => {
    const own = await settings(['set', 'systemJournalDays=60', 'adminJournalDays=100']);
    const following = await settings(['set', 'adminJournalDays=usual', 'securityJournalDays=200']);

    expect(own.out).toContain('systemJournalDays=60\n');
    expect(own.out).toContain('adminJournalDays=100\n');
    expect(following.out).toContain('systemJournalDays=60\n');
    expect(following.out).toContain('adminJournalDays=200\n');
  });
});
