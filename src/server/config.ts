/** Reads the settings from the environment: all are checked at once, and what is read is frozen. */

import { readFileSync } from 'node:fs';
import { Value } from 'typebox/value';
import { parseFeedSpec } from '../prices/feeds/feed-spec.ts';
import { StartFailure } from '../core/shared/start-failure.ts';
import { missingSettings, unreadableSettings } from './setting-checks.ts';
import { DEFAULT_FEED, SECRET_SETTINGS, SETTINGS } from './settings.ts';
import type { Static, TSchema } from 'typebox';
import type { FeedSpec } from '../prices/feeds/feed-spec.ts';
import type { FieldError } from '../core/shared/problem.ts';

/** The settings in force. */
export type Config = Readonly<Omit<Static<typeof SETTINGS>, 'PAPER_FEED'>> & {
  readonly PAPER_FEED: FeedSpec;
};

/** Reads the settings from an environment; every wrong one is named in one error, and no value of a secret is repeated. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const errors: FieldError[] = [];
  const raw = withSecretFiles(environment, errors);
  const named = Object.fromEntries(
    Object.keys(SETTINGS.properties).flatMap((name) => {
      const value = raw[name];
      // An empty variable is what a compose file makes of an unset one.
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
  const settings: unknown = Value.Default(SETTINGS, Value.Convert(SETTINGS, named));
  errors.push(...wrongSettings(settings), ...unreadableSettings(named), ...missingSettings(named));
  const feed = readFeed(named['PAPER_FEED'] ?? DEFAULT_FEED, errors);
  if (feed && errors.length === 0 && Value.Check(SETTINGS, settings))
    return Object.freeze({ ...settings, PAPER_FEED: feed });
  const list = errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ');
  throw new StartFailure('configuration-invalid', `The settings are not valid: ${list}.`, { errors });
}

function withSecretFiles(
  environment: Readonly<Record<string, string | undefined>>,
  errors: FieldError[],
): Readonly<Record<string, string | undefined>> {
  const secrets = SECRET_SETTINGS.flatMap((name) => {
    const file = environment[`${name}_FILE`];
    if (file === undefined || file === '') return [];
    try {
      return [[name, readFileSync(file, 'utf8').trim()] as const];
    } catch (cause) {
      errors.push({
        pointer: `${name}_FILE`,
        detail: `cannot be read (${cause instanceof Error ? cause.message : 'unknown'})`,
      });
      return [];
    }
  });
  return { ...environment, ...Object.fromEntries(secrets) };
}

function wrongSettings(settings: unknown): FieldError[] {
  const names = new Set(
    [...Value.Errors(SETTINGS, settings)]
      .map(({ instancePath }) => instancePath.slice(1))
      .filter((name) => name !== ''),
  );
  const found = new Map(Object.entries(settings ?? {}));
  return [...names].map((name) => ({
    pointer: name,
    detail: whatItMustBe(name, found.get(name)),
  }));
}

/** Says what was expected, and what was found only where that is no text of one's own, which may be a secret. */
function whatItMustBe(name: string, found: unknown): string {
  const schemas: Readonly<Record<string, TSchema & SettingSchema>> = SETTINGS.properties;
  const { type, enum: words, minimum, maximum, description = '' } = schemas[name] ?? {};
  const was = found === undefined ? '' : `, was ${JSON.stringify(found)}`;
  if (words) return `must be one of ${words.join(', ')}${was}`;
  if (type === 'boolean') return `must be true or false${was}`;
  if (type !== 'integer') return `is not right: ${description.replace(/\.$/, '')}`;
  return maximum === undefined
    ? `must be a whole number, at least ${minimum}${was}`
    : `must be a whole number from ${minimum} to ${maximum}${was}`;
}

interface SettingSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly description?: string;
}

/** Returns the paper market that is asked for; undefined when the text says none, which is then among the errors. */
function readFeed(text: string, errors: FieldError[]): FeedSpec | undefined {
  try {
    return parseFeedSpec(text);
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    const found = error.facts.errors?.[0]?.detail ?? error.message;
    errors.push({ pointer: 'PAPER_FEED', detail: `is not right: ${found}` });
    return undefined;
  }
}
