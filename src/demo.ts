/** What `npm run demo` starts. Everything else is loaded once compiled code is kept. */

import { keepCompiledCode } from './process/compiled-code.ts';
import { loadNamedFilesDirectly } from './process/named-files.ts';

keepCompiledCode();
loadNamedFilesDirectly();
const { demo } = await import('./server/demo/demo.ts');
await demo();
