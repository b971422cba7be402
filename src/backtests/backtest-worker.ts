/** What Node starts as the thread that runs backtests. It gives way before it loads anything: of a short one that is most of the work. */

import { giveWay } from '../process/background-thread.ts';
import { loadNamedFilesDirectly } from '../process/named-files.ts';

giveWay();
loadNamedFilesDirectly();
await import('./backtest-work.ts');
