import { addAbortSignal } from 'node:stream';
import { text } from 'node:stream/consumers';

/** What stands on standard input, to its end. Nothing else waits meanwhile, and Ctrl-C ends the wait; a reading that blocks would not let it. */
export const readStandardInput = (signal: AbortSignal): Promise<string> => text(addAbortSignal(signal, process.stdin));
