/** A client of an Auto Forex server. */

export { connect, etagOf } from './client.ts';
export { ProblemError } from './problem-error.ts';
export { Stream } from './stream.ts';
export type { Client, ClientOptions } from './client.ts';
export type { DataFrame, ErrorFrame, StreamOptions, Subscription } from './stream.ts';
export type * from './types.ts';
