import { execFileSync } from 'node:child_process';
import { generate } from '../../main/generation/generate.ts';
import { PromptGroup } from '../../main/generation/prompt-group.ts';
import { homeFolder } from '../../main/home.ts';
import { type LoadedModel, loadModel } from '../../main/model/load.ts';
import { parseScheme } from '../../main/model/quantize/scheme.ts';
import { type Benchmark, type Report, median, wholeNumber } from './benchmark.ts';
import { benchModel, someIds } from './models.ts';

// What the peer measures too: a prompt of 512, then 64 tokens for one row and for eight.
const promptTokens = 512;
const newTokens = 64;
const names = ['prefill512', 'decode1', 'decode8'] as const;
const titles: Readonly<Record<(typeof names)[number], string>> = { prefill512: 'prefill of 512', decode1: 'decode, batch 1', decode8: 'decode, batch 8, shared prompt' };

type Speeds = Readonly<Record<(typeof names)[number], number>>;

export const decode: Benchmark = {
  name: 'decode',
  summary: 'tokens/s of the whole generate path with int4 weights (six layers of the 3B shape), beside a peer in turn',
  options: {
    schemes: { type: 'string', default: 'int4,int4-block128' },
    rounds: { type: 'string', default: '3' },
    'peer-command': { type: 'string' },
    temperature: { type: 'string', default: '1' },
  },
  run: async (options, report) => {
    const schemes = String(options['schemes']).split(',');
    const peer = options['peer-command'];
    const rounds = wholeNumber(options['rounds'], 'rounds');
    const folder = benchModel('six-layers-of-3b');
    const measured = new Map<string, Speeds[]>([...schemes, 'peer'].map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      if (typeof peer === 'string') measured.get('peer')?.push(peerSpeeds(peer));
      for (const scheme of schemes) {
        const model = await loadModel(folder, { quantize: parseScheme(scheme), dataFolder: homeFolder() });
        measured.get(scheme)?.push(await speedsOf(model, Number(options['temperature'])));
        await model.release();
      }
      report.note(`round ${round + 1}: ${[...measured].filter(([, speeds]) => speeds.length > 0).map(([name, speeds]) => `${name} ${names.map((key) => speeds.at(-1)?.[key].toFixed(0)).join(' / ')}`).join('; ')}`);
    }
    tell(report, measured);
  },
};

function tell(report: Report, measured: ReadonlyMap<string, readonly Speeds[]>): void {
  const of = (name: string, key: (typeof names)[number]): number => median((measured.get(name) ?? []).map((speeds) => speeds[key]));
  const withPeer = (measured.get('peer')?.length ?? 0) > 0;
  for (const [name, speeds] of measured) {
    if (speeds.length === 0) continue;
    for (const key of names) {
      report.figure(`${name}: ${titles[key]}`, of(name, key), 'tokens/s');
      if (withPeer && name !== 'peer') {
        // Each round's two are neighbours in time: the ratio pair by pair holds when the machine's speed drifts.
        const ratios = speeds.map((each, i) => each[key] / (measured.get('peer')?.[i]?.[key] as number));
        report.figure(`${name}: ${titles[key]}, of the peer's`, median(ratios), '×');
      }
    }
  }
}

const peerSpeeds = (command: string): Speeds => JSON.parse(execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' }).trim().split('\n').at(-1) as string) as Speeds;

async function speedsOf(model: LoadedModel, temperature: number): Promise<Speeds> {
  const ids = someIds(promptTokens, model.config.text.vocabSize);
  const settings = { temperature, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, maxNewTokens: newTokens, seed: 1, stopIds: [] };
  const passes: Speeds[] = [];
  for (let pass = 0; pass < 4; pass++) {
    const timed = async (task: () => Promise<unknown>): Promise<number> => {
      const start = performance.now();
      await task();
      return (performance.now() - start) / 1000;
    };
    let group: PromptGroup | undefined;
    const prefill = await timed(async () => (group = await PromptGroup.open(model.language, { ids, images: [] }, 9)));
    const one = await timed(() => generate(group as PromptGroup, [0], settings, ids));
    const eight = await timed(() => generate(group as PromptGroup, [1, 2, 3, 4, 5, 6, 7, 8], settings, ids));
    // The last token of each row needs no run.
    if (pass > 0) passes.push({ prefill512: promptTokens / prefill, decode1: (newTokens - 1) / one, decode8: (8 * (newTokens - 1)) / eight });
  }
  return Object.fromEntries(names.map((key) => [key, median(passes.map((pass) => pass[key]))])) as Speeds;
}
