/** What Node starts as the server. Everything else is loaded once compiled code is kept. */

import { keepCompiledCode } from './process/compiled-code.ts';

keepCompiledCode();
const { serve } = await import('./server/serve.ts');
await serve();
