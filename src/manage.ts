/** The operator's commands: `npm run manage -- COMMAND`, or `manage COMMAND` in the image. Loaded once compiled code is kept. */

import { keepCompiledCode } from './process/compiled-code.ts';

keepCompiledCode();
const { manage } = await import('./server/operator-commands.ts');
await manage();
