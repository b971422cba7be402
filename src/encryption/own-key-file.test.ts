import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeyRing } from './key-ring.ts';
import { ownKeyFile } from './own-key-file.ts';

const newFolder = () => mkdtempSync(join(tmpdir(), 'keys-'));

describe('the file of the server’s own key', () => {
  it('refuses what is no key, naming the file', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'encryption-keys'), 'nonsense');

    expect(() => ownKeyFile(folder).keys()).toThrow(
      new RegExp(`${folder}/encryption-keys are not right: entry 1`),
    );
  });

  it('is made when the first secret is sealed, readable by its owner only, and kept', () => {
    const folder = join(newFolder(), 'data');
    const ring = new KeyRing(ownKeyFile(folder));
    expect(existsSync(folder)).toBe(false);

    const sealed = ring.seal('secret', 'here');

    const file = join(folder, 'encryption-keys');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['encryption-keys']);
    const text = readFileSync(file, 'utf8');
    expect(new KeyRing(ownKeyFile(folder)).open(sealed, 'here')).toBe('secret');
    ring.seal('another', 'here');
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('is not made where the disk does not let it be written, which a start survives', () => {
    const folder = newFolder();
    mkdirSync(join(folder, `encryption-keys.${process.pid}`));

    expect(ownKeyFile(folder).make?.()).toBeUndefined();
    expect(() => new KeyRing(ownKeyFile(folder)).seal('secret', 'here')).toThrow(
      /ENCRYPTION_KEYS is not set/,
    );
  });

  it('is that of the process that was quicker', () => {
    const folder = newFolder();
    const [first, second] = [ownKeyFile(folder), ownKeyFile(folder)];

    expect(first.make?.()).toEqual(second.make?.());
  });
});
