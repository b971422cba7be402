/**
 * Loaded by Node before a test's process does anything: the records are read once, and not by each server and command that the process
 * opens. MikroORM works out their tables in 40 ms, every time the same; in production a process opens it once.
 */
import { isMainThread } from 'node:worker_threads';
import type { MetadataDiscovery, MetadataStorage, MikroORM, Platform } from '@mikro-orm/core';

// The threads of a process load this too. One that reads a price file has no use for MikroORM, and none opens two.
if (isMainThread) await readRecordsOnce();

async function readRecordsOnce(): Promise<void> {
  const mikroOrm = await import('@mikro-orm/core');
  const platform: { init: (this: Platform, orm: MikroORM) => void } = mikroOrm.Platform.prototype;
  const discovery: { discoverSync: (this: MetadataDiscovery) => MetadataStorage } =
    mikroOrm.MetadataDiscovery.prototype;
  const { init } = platform;
  const { discoverSync } = discovery;

  /** Those of the ORM that is being opened: its platform is shown it before they are read. */
  let opened: readonly unknown[] = [];
  let read: readonly unknown[] = [];
  let discovered: MetadataStorage | undefined;

  platform.init = function (orm) {
    opened = orm.config.get('entities');
    init.call(this, orm);
  };

  discovery.discoverSync = function () {
    // A plain connection has none, and is opened between those that have them.
    if (opened.length === 0) return discoverSync.call(this);
    const areSame = opened.length === read.length && opened.every((record, index) => record === read[index]);
    if (!areSame || discovered === undefined) [read, discovered] = [opened, discoverSync.call(this)];
    return discovered;
  };
}
