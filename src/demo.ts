/** What `npm run demo` starts. Everything else is loaded once compiled code is kept. */

import { keepCompiledCode } from './process/compiled-code.ts';

keepCompiledCode();
const { demo } = await import('./server/demo/demo.ts');
await demo();
