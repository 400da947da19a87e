import { encodePng } from '../../model/image/encode.ts';
import type { ImageSource } from '../../records/policy.ts';
import type { ChainStep, Sample } from '../../records/sample.ts';
import { type MiniItem, keepImages } from './items.ts';
import { tools } from './tools.ts';
import { passagesOf } from './world.ts';

/** The item's sample with its chain, its images encoded and kept. */
export async function keepChain(item: MiniItem, images: Pick<ImageSource, 'put'>): Promise<Sample> {
  const repaired = item.kind === 'search' || item.fix === 'direct' ? '' : await images.put(await encodePng(item.fixed));
  return { ...(await keepImages(item, images)), chain: chainOf(item, repaired) };
}

/**
 * The steps of an item as MAT annotates its training data: what is wrong with the picture, the repair, the answer to the
 * repaired picture; or the query, and the answer to what it brought. Each context has what was said before it.
 * @param repaired Reference of the repaired picture; not looked at where nothing needs repair.
 */
export function chainOf(item: MiniItem, repaired: string): readonly ChainStep[] {
  const answer = `<think>clear</think><answer>${item.sample.answers[0]}</answer>`;
  if (item.kind === 'search') {
    const [letter, attribute] = [item.letter, item.attribute];
    const query = `<think>look it up</think><search>${letter} ${attribute}</search>`;
    const passage = passagesOf(item.world).find(({ id }) => id === `${letter}-${attribute}`);
    return [
      { kind: 'search', context: '', solution: query },
      { kind: 'answer', context: `\n${query}\n<information> 1. Content: ${passage?.text} </information>`, solution: answer },
    ];
  }
  const named = `<think>${item.fix === 'direct' ? 'clear' : tools[item.fix].think}</think><problem>{'${item.sample.issues?.[0]}'}</problem>`;
  if (item.fix === 'direct') return [{ kind: 'problem', context: '', solution: named }, { kind: 'answer', context: `\n${named}`, solution: answer }];
  const code = `<think>${tools[item.fix].think}</think><code>${tools[item.fix].code}</code>`;
  return [
    { kind: 'problem', context: '', solution: named },
    { kind: 'code', context: `\n${named}`, solution: code },
    { kind: 'answer', context: `\n${named}\n${code}`, solution: answer, image: repaired },
  ];
}
