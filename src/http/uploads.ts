/** Files that people send: as the body itself or in a form, read piece by piece and never whole. */

import multipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Type } from 'typebox';
import { Problem } from '../core/shared/problem.ts';
import { parseJson } from './duplicate-keys.ts';
import { withoutUnseen } from './values.ts';
import { namedObject } from './schemas.ts';
import type { App } from './route.ts';

/** A gzipped file of this size holds about ten years of one instrument's quotes. */
export const LARGEST_UPLOAD_BYTES = 256 * 1024 * 1024;

/** The types of a body that is a file. */
const FILE_TYPES = ['text/csv', 'application/gzip', 'application/x-gzip', 'application/octet-stream'];
const FORM_TYPE = 'multipart/form-data';
/** The file, and a few fields that some clients send beside it. */
const FORM_LIMITS = { files: 1, fields: 10, fieldSize: 1024, parts: 11 } as const;
const NAME_LENGTH = 255;

/** Bytes, as generators of clients know them. Nothing is checked by it. */
const File = Type.String({ format: 'binary' });
const FileForm = namedObject('FileForm', { file: File });

/** Returns how a description shows the bodies of a route that takes a file besides what is given here by content type. */
export function withFiles<Content extends object>(content: Content) {
  const ofFiles = Object.fromEntries(FILE_TYPES.map((type) => [type, { schema: File }]));
  return { content: { ...content, ...ofFiles, [FORM_TYPE]: { schema: FileForm } } };
}

/** A file on its way in. */
export interface Upload {
  /** The name the sender gave it, without folders. */
  readonly name: string;
  /** Its bytes; reading fails with `payload-too-large` beyond the limit. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The SHA-256 of all of its bytes, in hex; undefined until they were read to their end. */
  readonly digest: () => string | undefined;
}

/** What is known of a file when it was read. */
interface ReadFile {
  /** The SHA-256 of all of its bytes; undefined when it was not read to its end. */
  digest?: string;
}

const readFiles = new WeakMap<FastifyRequest, ReadFile>();

/** Returns what is known of the file of a request, or undefined when none was read. */
export function fileOf(request: FastifyRequest): Readonly<ReadFile> | undefined {
  return readFiles.get(request);
}

/** Makes the routes of this scope take files, whose bodies are left for {@link readUpload}, besides JSON. */
export function acceptUploads(app: App): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, parseJson(app));
  app.addContentTypeParser('*', (_request, _payload, done) => done(wrongFileType()));
  for (const type of FILE_TYPES) {
    app.addContentTypeParser(type, (_request, _payload, done) => done(null, undefined));
  }
  // One byte more than allowed may come in, so that what is too large is refused and not cut off.
  void app.register(multipart, { limits: { ...FORM_LIMITS, fileSize: LARGEST_UPLOAD_BYTES + 1 } });
}

/** Returns the problem of a file that is sent as something else. */
export function wrongFileType(): Problem {
  const types = [...FILE_TYPES, FORM_TYPE].join(', ');
  return new Problem('unsupported-media-type', `A file must be sent as one of ${types}.`);
}

/** Hands the file of a request to `use`; what is left of it when `use` ends is thrown away, so that the answer can be read. */
export async function readUpload<T>(
  request: FastifyRequest,
  use: (upload: Upload) => Promise<T>,
): Promise<T> {
  refuseLarge(Number(request.headers['content-length'] ?? 0));
  const { name, stream } = isForm(request)
    ? await fileOfForm(request)
    : { name: 'upload', stream: request.raw };
  const file: ReadFile = {};
  readFiles.set(request, file);
  try {
    return await use({ name: cleanName(name), bytes: limited(stream, file), digest: () => file.digest });
  } finally {
    stream.resume();
  }
}

async function fileOfForm(request: FastifyRequest): Promise<{ name: string; stream: Readable }> {
  const part = await request.file().catch((error: unknown) => refuseForm(error));
  if (part) return { name: part.filename, stream: part.file };
  throw new Problem('invalid-request', 'The form holds no file.', {
    errors: [{ pointer: '/file', detail: 'is required' }],
  });
}

/** The library's limits have names; what else it fails at is a form that cannot be read: without a boundary, cut off, or no form. */
function refuseForm(error: unknown): never {
  if (error instanceof Error && 'code' in error) throw error;
  throw new Problem('invalid-request', 'The form cannot be read.', {}, { cause: error });
}

function isForm(request: FastifyRequest): boolean {
  return request.headers['content-type']?.toLowerCase().startsWith(FORM_TYPE) === true;
}

async function* limited(stream: Readable, file: ReadFile): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  let total = 0;
  for await (const bytes of whole(stream)) {
    total += bytes.length;
    refuseLarge(total);
    hash.update(bytes);
    yield bytes;
  }
  file.digest = hash.digest('hex');
}

/** Yields the pieces of a stream; an end in the middle is the sender's, and no failure of ours. */
async function* whole(stream: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  // Ending early must not end the connection, which the answer still needs.
  const pieces = stream.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const next = await pieces.next().catch((error: unknown) => {
        throw new Problem(
          'invalid-request',
          'The file broke off in the middle; send it again.',
          {},
          { cause: error },
        );
      });
      if (next.done === true) return;
      yield next.value as Uint8Array;
    }
  } finally {
    await pieces.return?.();
  }
}

function refuseLarge(bytes: number): void {
  if (bytes <= LARGEST_UPLOAD_BYTES) return;
  throw new Problem('payload-too-large', `A file may have at most ${LARGEST_UPLOAD_BYTES} bytes; split it.`, {
    largestBytes: LARGEST_UPLOAD_BYTES,
  });
}

function cleanName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const printable = withoutUnseen(last).slice(0, NAME_LENGTH);
  return printable === '' ? 'upload' : printable;
}
