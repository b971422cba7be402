/** The operator's commands: `npm run manage -- COMMAND`, or `manage COMMAND` in the image. Loaded once compiled code is kept. */

import { keepCompiledCode } from './process/compiled-code.ts';
import { loadNamedFilesDirectly } from './process/named-files.ts';

keepCompiledCode();
loadNamedFilesDirectly();
const { manage } = await import('./server/operator-commands.ts');
await manage();
