/**
 * Loaded by Node before a test's process does anything: the records are read once, and not by each server and command that the process
 * opens. MikroORM works out their tables in 40 ms, every time the same; in production a process opens it once.
 */
import { MetadataDiscovery, Platform } from '@mikro-orm/core';
import type { MetadataStorage, MikroORM } from '@mikro-orm/core';

const platform: { init: (this: Platform, orm: MikroORM) => void } = Platform.prototype;
const discovery: { discoverSync: (this: MetadataDiscovery) => MetadataStorage } = MetadataDiscovery.prototype;
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
