/** What Node starts as the server. Everything else is loaded once compiled code is kept. */

import { keepCompiledCode } from './process/compiled-code.ts';
import { loadNamedFilesDirectly } from './process/named-files.ts';

keepCompiledCode();
loadNamedFilesDirectly();
const { serve } = await import('./server/serve.ts');
await serve();
