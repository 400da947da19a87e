import { fork } from 'node:child_process';
import type { PreflightOrder, PreflightWord } from './preflight-process.ts';

type Findings = Extract<PreflightWord, { kind: 'findings' }>['findings'];
type Said = { readonly kind: 'said'; readonly text: string } | { readonly kind: 'findings'; readonly ready: boolean; readonly findings: Findings };

/** What a look before a run says, from a process that ends with the signal. */
export async function* preflight(order: PreflightOrder, signal: AbortSignal): AsyncGenerator<Said, void> {
  const child = fork(new URL('./preflight-process.ts', import.meta.url), { stdio: 'ignore', env: { ...process.env, ARFT_HOME: order.home, ELECTRON_RUN_AS_NODE: '1' } });
  const words: PreflightWord[] = [];
  let wake = (): void => {};
  let ended = false;
  const end = (): void => {
    ended = true;
    wake();
  };
  const stop = (): void => void child.kill('SIGKILL');
  child.on('message', (word) => {
    words.push(word as PreflightWord);
    wake();
  });
  child.once('error', end);
  child.once('exit', end);
  signal.addEventListener('abort', stop);
  child.send(order);
  try {
    for (;;) {
      for (const word of words.splice(0)) {
        if (word.kind === 'progress') yield { kind: 'said', text: `${word.label} ${word.done}/${word.total}` };
        else if (word.kind === 'findings') return yield { kind: 'findings', ready: word.findings.every(({ status }) => status !== 'problem'), findings: word.findings };
        else throw new Error(word.message);
      }
      // More may have come while one was passed on.
      if (words.length > 0) continue;
      if (ended) throw new Error('The process that looked ended without a word.');
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}
