/** Every committed file that is made from the code's schemas. */

import { format } from 'oxfmt';
import formatting from '../../.oxfmtrc.json' with { type: 'json' };
import { DOCUMENTS } from './documents.ts';
import { clientTypes } from './typescript.ts';
import type { HttpDocument, StreamDocument } from './typescript.ts';

/** Where the documents are. */
export const FOLDER = 'docs/api';
const CLIENT_TYPES = 'clients/typescript/src/types.ts';

/** Returns the files by their paths, as they are to be. */
export async function committedFiles(): Promise<Readonly<Record<string, string>>> {
  const http = textOf(await DOCUMENTS['openapi.json']());
  const stream = textOf(DOCUMENTS['asyncapi.json']());
  return {
    [`${FOLDER}/openapi.json`]: http,
    [`${FOLDER}/asyncapi.json`]: stream,
    [CLIENT_TYPES]: await formatted(JSON.parse(http), JSON.parse(stream)),
  };
}

function textOf(document: object): string {
  return `${JSON.stringify(document, null, 1)}\n`;
}

async function formatted(http: HttpDocument, stream: StreamDocument): Promise<string> {
  const { printWidth, singleQuote } = formatting;
  const text = clientTypes(http, stream);
  const { code } = await format(CLIENT_TYPES, text, { printWidth, singleQuote, trailingComma: 'all' });
  return code;
}
