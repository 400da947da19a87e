import type { Contract } from '../../preload/rpc/frames.ts';
import type { Handlers } from '../rpc/serve.ts';

/** Handlers of a part of the contract whose code is loaded when one of them is called first. */
export type Room<C extends Contract> = { readonly handlers: Handlers<C>; /** Loads it now, with what its first answers stand on. */ readonly open: () => Promise<unknown> };

/**
 * A part of the contract behind a door: what it stands on takes far longer to load than the first page should wait.
 * @param readAhead what its answers would else read when they are asked for first.
 */
export function room<C extends Contract>(contract: C, load: () => Promise<Handlers<C>>, readAhead: () => Promise<void> = () => Promise.resolve()): Room<C> {
  type Handler = (input: unknown, signal: AbortSignal) => unknown;
  let loaded: Promise<Handlers<C>> | undefined;
  const enter = (): Promise<Handlers<C>> => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined; // the next call tries again
      throw error;
    });
    return loaded;
  };
  const handlerOf = async (name: string): Promise<Handler> => (await enter())[name as keyof C] as Handler;
  const behind = (name: string): Handler =>
    contract[name]?.kind === 'stream'
      ? async function* (input, signal) {
          yield* (await handlerOf(name))(input, signal) as AsyncIterable<unknown>;
        }
      : async (input, signal) => (await handlerOf(name))(input, signal);
  const open = async (): Promise<void> => {
    await enter();
    await readAhead();
  };
  return { open, handlers: Object.fromEntries(Object.keys(contract).map((name) => [name, behind(name)])) as Handlers<C> };
}
