/** Reads what clients send: a frame, or a sentence that says why it is none. */

import { Compile } from 'typebox/compile';
import { canonicalIds } from '../http/canonical-ids.ts';
import type { TSchema } from 'typebox';
import type { CanonicalIds } from '../http/canonical-ids.ts';
import type { TLocalizedValidationError } from 'typebox/error';
import type { RawData } from 'ws';
import { controlFrames } from './protocol.ts';
import type { ChannelFrames } from './channel.ts';
import type { ClientFrame } from './protocol.ts';

/** The longest frame that a client has reason to send; the longest sensible one names every instrument. */
const FRAME_BYTES = 16 * 1024;
/** How much of a field's name an answer repeats: the name is the client's, and may be as long as a frame. */
const SHOWN_NAME_LENGTH = 64;

/** A compiled schema, as far as it is used here. */
interface FrameCheck {
  Check(value: unknown): boolean;
  Errors(value: unknown): TLocalizedValidationError[];
  /** What brings the ids of a frame into lower case. */
  readonly ids: CanonicalIds | undefined;
}

const TYPES = ['authenticate', 'subscribe', 'unsubscribe', 'acknowledge'];

/** A frame that was understood, or why it was not. */
export type ParsedFrame = { readonly frame: ClientFrame } | { readonly wrong: string };

/** Reads what came from a client. */
export type FrameReader = (data: RawData, isBinary: boolean) => ParsedFrame;

/** Returns a reader of the frames that clients may send when there are these channels. */
export function createFrameReader(channels: readonly ChannelFrames[]): FrameReader {
  const checks = checksOf(channels);
  return (data, isBinary) => {
    const bytes = toBuffer(data);
    if (isBinary) return { wrong: 'binary frames are not taken, only JSON text' };
    if (bytes.length > FRAME_BYTES)
      return { wrong: `a frame may have ${FRAME_BYTES} bytes, this one has ${bytes.length}` };
    return parseText(bytes.toString(), checks);
  };
}

/** Each is compiled when the first such frame comes, as the checks of requests are. */
type Checks = ReadonlyMap<string, () => FrameCheck>;

/** The checks of frames by their type, and those of subscriptions by their channel. */
interface FrameChecks {
  readonly byType: Checks;
  readonly byChannel: Checks;
}

function checksOf(channels: readonly ChannelFrames[]): FrameChecks {
  return {
    byType: new Map(Object.entries(controlFrames(channels)).map(([type, schema]) => [type, checkOf(schema)])),
    byChannel: new Map(channels.map(({ name, subscribe }) => [name, checkOf(subscribe)])),
  };
}

function checkOf(schema: TSchema): () => FrameCheck {
  let check: FrameCheck | undefined;
  return () => (check ??= compile(schema));
}

function compile(schema: TSchema): FrameCheck {
  const compiled = Compile(schema);
  return {
    Check: (value) => compiled.Check(value),
    Errors: (value) => compiled.Errors(value),
    ids: canonicalIds(schema),
  };
}

function parseText(text: string, { byType, byChannel }: FrameChecks): ParsedFrame {
  const value = parseJson(text);
  if (value === undefined) return { wrong: 'a frame must be JSON' };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { wrong: 'a frame must be a JSON object' };
  const { type, channel }: { type?: unknown; channel?: unknown } = value;
  if (type !== 'subscribe')
    return checked(find(byType, type), value, `/type must be one of ${TYPES.join(', ')}`);
  const names = [...byChannel.keys()].join(', ');
  return checked(find(byChannel, channel), value, `/channel must be one of ${names}`);
}

function find(checks: Checks, name: unknown): FrameCheck | undefined {
  return typeof name === 'string' ? checks.get(name)?.() : undefined;
}

function checked(check: FrameCheck | undefined, value: object, unknownName: string): ParsedFrame {
  if (!check) return { wrong: unknownName };
  if (!check.Check(value)) return { wrong: describe(check.Errors(value)) };
  return { frame: (check.ids?.(value) ?? value) as ClientFrame };
}

/** Describes the first error; of the two errors for an unknown field only one has a sentence. */
function describe(errors: readonly TLocalizedValidationError[]): string {
  const error = errors.find(({ keyword }) => keyword !== 'boolean');
  if (!error) return 'the frame is not valid';
  const { instancePath } = error;
  if (error.keyword === 'additionalProperties') {
    return `${instancePath}/${error.params.additionalProperties[0]?.slice(0, SHOWN_NAME_LENGTH)} is not known here`;
  }
  if (error.keyword === 'required')
    return `${instancePath}/${error.params.requiredProperties[0]} is required`;
  return `${instancePath} ${error.message}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no object either, and answered as such.
    return undefined;
  }
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
