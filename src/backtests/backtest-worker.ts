/** What Node starts as the thread that runs a backtest. It gives way before it loads anything: of a short one that is most of the work. */

import { giveWay } from '../process/background-thread.ts';

giveWay();
await import('./backtest-work.ts');
