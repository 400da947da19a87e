import type { queueContract } from '../../preload/contract/queue.ts';
import type { Handlers } from '../rpc/serve.ts';
import type { EngineContext } from './context.ts';

export function queueHandlers({ store, changes }: EngineContext): Handlers<typeof queueContract> {
  return {
    'queue.list': () => store.queue.list().map(({ id, config: { name, steps }, addedAt, taken }) => ({ id, title: name, steps, addedAt, taken })),
    'queue.remove': ({ id }) => {
      store.queue.remove(id);
      changes.tell('queue');
      return null;
    },
    'queue.move': ({ id, to }) => {
      store.queue.move(id, to);
      changes.tell('queue');
      return null;
    },
  };
}
