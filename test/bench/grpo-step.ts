import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { homeFolder } from '../../main/home.ts';
import { type ModelConfig, readModelConfig } from '../../main/model/folder/config.ts';
import { type Benchmark, type Report, median, wholeNumber } from './benchmark.ts';
import type { GrpoMeasured, GrpoSizes, StageSeconds } from './measure-grpo-step.ts';
import { benchModel } from './models.ts';

/**
 * Floating-point operations (two for a product and its sum) of a group with its prompt once: a forward pass, and the loss
 * with its gradients. Attention's causal half counts once, the head for the completions' tokens. Frozen weights have a
 * gradient for their input alone, adapters for both, attention four products for two: as the peer counts.
 */
function groupFlop({ text }: ModelConfig, { group, completion, rank }: GrpoSizes, prompt: number): { readonly forward: number; readonly loss: number } {
  const { hiddenSize, heads, kvHeads, headDim, intermediateSize, layers, vocabSize } = text;
  const tokens = prompt + group * completion;
  const widths = [[hiddenSize, heads * headDim], [hiddenSize, kvHeads * headDim], [hiddenSize, kvHeads * headDim], [heads * headDim, hiddenSize], [hiddenSize, intermediateSize], [hiddenSize, intermediateSize], [intermediateSize, hiddenSize]] as const;
  const weights = 2 * layers * tokens * widths.reduce((sum, [a, b]) => sum + a * b, 0);
  const adapters = 2 * layers * tokens * rank * widths.reduce((sum, [a, b]) => sum + a + b, 0);
  const attention = 4 * layers * heads * headDim * (prompt ** 2 / 2 + group * (completion * prompt + completion ** 2 / 2));
  const head = 2 * group * completion * hiddenSize * vocabSize;
  const forward = weights + adapters + attention + head;
  return { forward, loss: forward + weights + 2 * adapters + 2 * attention + head };
}

type PeerMode = Readonly<Record<'step_s' | 'loss_s' | 'rollout_s' | 'ref_logps_s' | 'peak_rss_gib' | 'gemm_gflops', number>>;

export const grpoStep: Benchmark = {
  name: 'grpo-step',
  summary: 'whole GRPO steps of one group (34 M parameters, P 1000, G 8, R 200, LoRA 16, β 0.04); --peer-python puts TRL beside them, on the same model and prompt',
  options: {
    model: { type: 'string' }, prompt: { type: 'string', default: '1000' }, image: { type: 'string', default: '448' }, group: { type: 'string', default: '8' }, completion: { type: 'string', default: '200' },
    rank: { type: 'string', default: '16' }, steps: { type: 'string', default: '3' }, groups: { type: 'string', default: '' },
    'peer-python': { type: 'string' }, 'peer-script': { type: 'string', default: '../shared/bench/peer_grpo_step.py' }, 'peer-modes': { type: 'string', default: 'off,on' }, 'peer-malloc': { type: 'string', default: 'stock' },
  },
  run: async (options, report) => {
    const number = (name: string): number => wholeNumber(options[name], name);
    const sizes: GrpoSizes = { prompt: number('prompt'), image: number('image'), group: number('group'), completion: number('completion'), rank: number('rank'), steps: number('steps') };
    const peer = typeof options['peer-python'] === 'string' ? { python: options['peer-python'], script: String(options['peer-script']) } : undefined;
    const folder = typeof options['model'] === 'string' ? options['model'] : peer ? savedModel(peer, sizes) : benchModel('small');
    const rounds = [measure(folder, sizes)];
    const modes: Record<string, PeerMode> = {};
    // Ours before, between and after the peer's modes: the machine's good and bad minutes meet both.
    for (const mode of peer ? String(options['peer-modes']).split(',') : []) {
      Object.assign(modes, peerMode(peer as Peer, sizes, mode, String(options['peer-malloc'])));
      rounds.push(measure(folder, sizes));
    }
    const ours = tell(report, folder, sizes, together(rounds));
    if (peer) compare(report, ours, modes);
    growth(report, folder, sizes, String(options['groups']).split(',').filter((text) => text !== '').map((text) => wholeNumber(text, 'groups')));
  },
};

function measure(folder: string, sizes: GrpoSizes): GrpoMeasured {
  const script = path.join(import.meta.dirname, 'measure-grpo-step.ts');
  return JSON.parse(execFileSync(process.execPath, [script, folder, JSON.stringify(sizes)], { encoding: 'utf8' })) as GrpoMeasured;
}

/** All steps of several processes. */
const together = (rounds: readonly GrpoMeasured[]): GrpoMeasured => ({
  ...(rounds[0] as GrpoMeasured),
  steps: rounds.flatMap(({ steps }) => steps),
  gemm: rounds.flatMap(({ gemm }) => gemm),
  peakBytes: Math.max(...rounds.map(({ peakBytes }) => peakBytes)),
});

type Ours = { readonly seconds: (stage: keyof StageSeconds) => number; readonly loss: number; readonly gib: number };

const timesOf = ({ steps }: GrpoMeasured) => (stage: keyof StageSeconds): number => median(steps.map((each) => each[stage]));

function tell({ figure }: Report, folder: string, sizes: GrpoSizes, measured: GrpoMeasured): Ours {
  const seconds = timesOf(measured);
  const loss = seconds('forward') + seconds('backward');
  const gib = measured.peakBytes / 1024 ** 3;
  const peak = median(measured.gemm);
  const flop = groupFlop(readModelConfig(folder), sizes, measured.promptTokens);
  figure('GEMM peak', peak, 'GFLOP/s');
  figure('prompt tokens', measured.promptTokens, '');
  figure('of an image', measured.imageTokens, '');
  for (const stage of ['rollout', 'reference', 'forward', 'backward', 'update', 'step'] as const) figure(stage === 'forward' || stage === 'backward' ? `loss, ${stage}` : stage, seconds(stage), 's');
  figure('loss with gradients', loss, 's');
  figure('rollout, tokens written', (sizes.group * sizes.completion) / seconds('rollout'), 'tokens/s');
  figure('reference, of the GEMM peak', (100 * flop.forward) / 1e9 / seconds('reference') / peak, '%');
  figure('loss with gradients, of the GEMM peak', (100 * flop.loss) / 1e9 / loss / peak, '%');
  figure('both, of the GEMM peak', (100 * (flop.forward + flop.loss)) / 1e9 / (loss + seconds('reference')) / peak, '%');
  figure('peak memory', gib, 'GiB');
  return { seconds, loss, gib };
}

/** Each of ours against each of the peer's modes, of which checkpointing on is its default, and against the best. */
function compare({ figure }: Report, ours: Ours, modes: Readonly<Record<string, PeerMode>>): void {
  for (const [mode, peer] of Object.entries(modes)) {
    figure(`peer, ${mode}: step`, peer.step_s, 's');
    figure(`peer, ${mode}: rollout`, peer.rollout_s, 's');
    figure(`peer, ${mode}: reference`, peer.ref_logps_s, 's');
    figure(`peer, ${mode}: loss with gradients`, peer.loss_s, 's');
    figure(`peer, ${mode}: GEMM peak`, peer.gemm_gflops, 'GFLOP/s');
    figure(`peer, ${mode}: peak memory`, peer.peak_rss_gib, 'GiB');
    figure(`peer, ${mode}: step, peer / ours`, peer.step_s / ours.seconds('step'), '×');
    figure(`peer, ${mode}: loss with gradients, peer / ours`, peer.loss_s / ours.loss, '×');
  }
  const best = (name: keyof PeerMode): number => Math.min(...Object.values(modes).map((mode) => mode[name]));
  figure('step, best of the peer / ours', best('step_s') / ours.seconds('step'), '×');
  figure('rollout, peer / ours', best('rollout_s') / ours.seconds('rollout'), '×');
  figure('reference, peer / ours', best('ref_logps_s') / ours.seconds('reference'), '×');
  figure('loss with gradients, best of the peer / ours', best('loss_s') / ours.loss, '×');
  figure('peak memory, ours / peer', ours.gib / best('peak_rss_gib'), '×');
}

/** Seconds of groups of other sizes, and what they would be if they followed the tokens of one prompt and its completions, or of the prompt with each. */
function growth({ figure }: Report, folder: string, sizes: GrpoSizes, groups: readonly number[]): void {
  const measured = groups.map((group) => {
    const found = measure(folder, { ...sizes, group });
    const seconds = timesOf(found);
    return { group, gemm: median(found.gemm), step: seconds('step'), gradients: seconds('reference') + seconds('forward') + seconds('backward'), shared: found.promptTokens + group * sizes.completion, repeated: group * (found.promptTokens + sizes.completion) };
  });
  const [first] = measured;
  if (!first) return;
  for (const { group, gemm, step, gradients, shared, repeated } of measured) {
    figure(`G ${group}: step`, step, 's');
    figure(`G ${group}: reference, loss and gradients`, gradients, 's');
    // Other work on the machine slows each group's process differently: measured against its own GEMM.
    figure(`G ${group}: the same, of G ${first.group}'s, in GEMM operations`, (gradients * gemm) / (first.gradients * first.gemm), '×');
    figure(`G ${group}: tokens P + G·R, of G ${first.group}'s`, shared / first.shared, '×');
    figure(`G ${group}: tokens G·(P + R), of G ${first.group}'s`, repeated / first.repeated, '×');
  }
}

type Peer = { readonly python: string; readonly script: string };

const peerArguments = ({ prompt, image, group, completion, rank, steps }: GrpoSizes): readonly string[] =>
  Object.entries({ prompt, image, group, completion, rank, steps }).flatMap(([name, value]) => [`--${name}`, String(value)]);

/** The folder of the peer's model and prompt, written by itself on first use. */
function savedModel({ python, script }: Peer, sizes: GrpoSizes): string {
  const folder = path.join(homeFolder(), 'bench', `peer-p${sizes.prompt}-i${sizes.image}`);
  if (!existsSync(path.join(folder, 'bench_prompt.json'))) execFileSync(python, [script, ...peerArguments(sizes), '--save', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  return folder;
}

function peerMode({ python, script }: Peer, sizes: GrpoSizes, mode: string, malloc: string): Readonly<Record<string, PeerMode>> {
  const out = execFileSync(python, [script, ...peerArguments(sizes), '--beta', '0.04', '--modes', mode, '--malloc', malloc], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const { modes } = JSON.parse(out) as { modes: Record<string, PeerMode & { failed?: number }> };
  for (const [name, { failed }] of Object.entries(modes)) if (failed !== undefined) throw new Error(`the peer ended with status ${failed} in mode ${name}`);
  return modes;
}
