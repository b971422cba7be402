/** What Node starts as the thread that reads a price file. It gives way before it loads anything: of a short file that is most of the work. */

import { giveWay } from '../../process/background-thread.ts';

giveWay();
await import('./import-work.ts');
