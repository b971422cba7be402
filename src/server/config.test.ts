import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { StartFailure } from '../core/shared/start-failure.ts';

function wrongNames(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof StartFailure)
      return (error.facts.errors ?? []).map(({ pointer }) => pointer).toSorted();
    throw error;
  }
  return [];
}

describe('the settings', () => {
  it('name every wrong one at once', () => {
    const environment = {
      PORT: 'eighty',
      LOG_LEVEL: 'loud',
      MIGRATIONS: 'maybe',
      PUBLIC_URL: 'example.org',
      BACKTEST_THREADS: '0',
    };

    expect(wrongNames(environment)).toEqual([
      'BACKTEST_THREADS',
      'LOG_LEVEL',
      'MIGRATIONS',
      'PORT',
      'PUBLIC_URL',
    ]);
  });

  it.each([
    ['PORT', '-1', 'must be a whole number from 0 to 65535, was -1'],
    ['PORT', 'abc', 'must be a whole number from 0 to 65535, was "abc"'],
    ['BACKUP_MAX_AGE_MINUTES', '0', 'must be a whole number, at least 1, was 0'],
    ['CONTRACT', 'never', 'must be one of manual, auto, was "never"'],
    ['ALLOW_LIVE_TRADING', 'perhaps', 'must be true or false, was "perhaps"'],
    ['PUBLIC_URL', 'example.org', 'is not right: The address that browsers use, without a path'],
    ['ALIVE_PING_URL', 'https://', 'is not right: An address of a watcher outside'],
    ['ALIVE_PING_URL', 'https://me:word@watcher.example/x', 'is not right: An address of a watcher outside'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://', 'is not right: Where traces are sent'],
  ])('say what %s may be', (name, value, expected) => {
    expect(() => readConfig({ [name]: value })).toThrow(`${name} ${expected}`);
  });

  it('never repeat free text, because it may be a secret', () => {
    expect(() => readConfig({ PUBLIC_URL: 'hunter2' })).toThrow(/^(?!.*hunter2).*PUBLIC_URL/s);
  });

  it.each([
    [{ SMTP_URL: 'smtps://u:hunter2@mail.example' }, ['MAIL_FROM', 'PUBLIC_URL']],
    [
      { SMTP_URL: 'http://mail.example', MAIL_FROM: 'a@b.example', PUBLIC_URL: 'https://b.example' },
      ['SMTP_URL'],
    ],
    [
      { SMTP_URL: 'smtp://mail.example', MAIL_FROM: 'nobody', PUBLIC_URL: 'https://b.example' },
      ['MAIL_FROM'],
    ],
    [{ SMTP_URL: 'smtp://mail.example', MAIL_FROM: 'A <a@b.example>', PUBLIC_URL: 'https://b.example' }, []],
  ])('for e-mail are set together (%j)', (environment, wrong) => {
    expect(wrongNames(environment)).toEqual(wrong);
  });

  it('do not take an address without the name of a database, which could be any', () => {
    expect(wrongNames({ DATABASE_URL: 'postgresql://forex@db:5432/' })).toEqual(['DATABASE_URL']);
  });

  it('name the file of a secret that cannot be read', () => {
    expect(wrongNames({ DATABASE_URL_FILE: join(tmpdir(), 'no-such-file') })).toEqual(['DATABASE_URL_FILE']);
  });

  it('take a secret from its file, without the line end that editors add', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'database_url');
    writeFileSync(file, 'postgresql://forex@db/forex\n');

    expect(readConfig({ DATABASE_URL_FILE: file }).DATABASE_URL).toBe('postgresql://forex@db/forex');
  });

  it('have defaults for an empty environment, and treat an empty variable as unset', () => {
    const config = readConfig({ DATABASE_URL: '', PORT: '' });

    expect(config).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 8000,
      MIGRATIONS: 'auto',
      PAPER_FEED: { type: 'synthetic' },
    });
    expect(config.DATABASE_URL).toBeUndefined();
  });

  it('cannot be changed after they were read', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });
});
