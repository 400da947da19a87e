import { type Engine, openEngine } from '../../../main/engine/engine.ts';
import { portPair } from '../../../main/rpc/ports.ts';
import type { AppContract } from '../../../preload/contract.ts';
import { type Client, connect } from '../../../preload/rpc/connect.ts';

/** An engine on a data folder that is indexed, and a client of it; answers are held against the contract. */
export async function openClient(home: string): Promise<{ readonly engine: Engine; readonly client: Client<AppContract> }> {
  const engine = await openEngine({ home, checkResults: true });
  await engine.context.store.indexer.look();
  const [inside, outside] = portPair();
  engine.attach(inside);
  return { engine, client: connect<AppContract>(outside) };
}
