// .env.example says the same as the schema of the settings: every setting, its description and its default.
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

import { describe, expect, it } from 'vitest';

import { readConfig } from '../../src/server/config.ts';
import { SECRET_SETTINGS, SETTINGS } from '../../src/server/settings.ts';

const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');

/** A setting as either side describes it. */
interface SettingText {
  readonly name: string;
  readonly description: string;
  readonly defaultText?: string;
}

function settingsOfSchema(): SettingText[] {
  return Object.entries(SETTINGS.properties).map(([name, property]) => ({
    name,
    description: 'description' in property ? String(property.description) : '',
    ...('default' in property && { defaultText: String(property.default) }),
  }));
}

/** A block is one line of description and one of the setting, commented out where there is no default. */
function settingsOfExample(): SettingText[] {
  const blocks = text.trimEnd().split('\n\n').slice(1);
  return blocks.map((block) => {
    const found = /^# (?<description>.+)\n(?<off># )?(?<name>[A-Z_]+)=(?<value>.*)$/.exec(block)?.groups;
    const { description = '', off, name = block, value = '' } = found ?? {};
    return { name, description, ...(off === undefined && { defaultText: value }) };
  });
}

describe('.env.example', () => {
  it('lists every setting in the order of the schema, with its description and its default', () => {
    expect(settingsOfExample()).toEqual(settingsOfSchema());
  });

  it('sets what holds without it', () => {
    expect(readConfig(parseEnv(text))).toEqual(readConfig({}));
  });

  it('names the settings that may come from files', () => {
    const head = text.split('\n\n')[0];

    for (const name of SECRET_SETTINGS) expect(head).toContain(`${name}_FILE`);
  });
});
