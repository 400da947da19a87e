import { describe, expect, it } from 'vitest';
import type { Sample } from '../../../main/records/sample.ts';
import type { Reward } from '../../../main/records/score.ts';
import { runConfig } from '../../../main/records/run-config.ts';
import { Sampler, type SamplerState } from '../../../main/train/sampler.ts';
import { SampleOrder } from '../../../main/train/samples.ts';

const sample = (id: string, task: Sample['task']): Sample => ({ version: 1, id, task, question: '', answers: [], images: [] });
const samples = [...Array.from({ length: 30 }, (_, i) => sample(`c${i}`, 'coding')), ...Array.from({ length: 10 }, (_, i) => sample(`s${i}`, 'search'))];
const config = (data: object, seed = 1) => runConfig.parse({ seed, data });
const sampler = (data: object, state?: SamplerState, seed = 1): Sampler => new Sampler(new SampleOrder(samples, config(data, seed)), config(data, seed), state);
const reward = (answer: number): Reward => ({ total: answer + 1, parts: [{ name: 'format', value: 1, weight: 1 }, { name: 'answer', value: answer, weight: 1 }] });
/** Easy: always right; hard: never; the rest by turns. */
const outcome = ({ id }: Sample, time: number): number => (Number(id.slice(1)) % 3 === 0 ? 1 : Number(id.slice(1)) % 3 === 1 ? 0 : time % 2);

/** Steps of a run: each sample is tried four times. */
function steps(of: Sampler, count: number): readonly string[] {
  return Array.from({ length: count }, () => {
    const drawn = of.take(4);
    for (const each of drawn) for (let time = 0; time < 4; time++) of.note(each, reward(outcome(each, time)));
    return drawn.map(({ id }) => id);
  }).flat();
}

describe('samples drawn', () => {
  it('without a curriculum are those of the order, whatever was right', () => {
    const order = new SampleOrder(samples, config({}));
    expect(steps(sampler({}), 20)).toEqual(Array.from({ length: 80 }, (_, n) => order.at(n).id));
    expect(sampler({}).state).toEqual({ drawn: 0, tries: {} });
  });

  it('with a curriculum are more often those that are right at times', () => {
    const drawn = steps(sampler({ curriculum: 'learnable' }), 400);
    const share = (rest: number): number => drawn.filter((id) => Number(id.slice(1)) % 3 === rest).length / drawn.length;
    // Ten samples of each sort among thirty and among ten: weights 1 : 0.1 : 0.1 in the end.
    expect(share(2)).toBeGreaterThan(0.65);
    expect(share(0)).toBeGreaterThan(0.03);
    expect(share(1)).toBeGreaterThan(0.03);
    // The mix of kinds stays as their weights have it.
    expect(drawn.filter((id) => id.startsWith('s')).length / drawn.length).toBeCloseTo(0.25, 2);
  });

  it('never hold a sample twice in a step, as long as there are others', () => {
    const of = sampler({ curriculum: 'learnable', coding: 0 });
    for (let step = 0; step < 50; step++) expect(new Set(of.take(8).map(({ id }) => id)).size).toBe(8);
    expect(of.take(12)).toHaveLength(12);
  });

  it.each([{}, { curriculum: 'learnable' }])('go on from a state as if nothing had happened: %j', (data) => {
    const whole = steps(sampler(data), 30);
    const first = sampler(data);
    const before = steps(first, 13);
    const state = JSON.parse(JSON.stringify(first.state)) as SamplerState;
    expect([...before, ...steps(sampler(data, state), 17)]).toEqual(whole);
    expect(steps(sampler(data, undefined, 2), 30)).not.toEqual(whole);
  });
});

describe('the mix of coding and search', () => {
  it.each([[1, 1], [1, 3], [5, 1], [0, 1], [1, 0], [0.2, 0.7]])('follows the weights %d and %d in every stretch, the same for each seed', (coding, search) => {
    const share = (search * 10) / (search * 10 + coding * 30);
    for (const seed of [1, 2, 3]) {
      const drawn = steps(sampler({ coding, search }, undefined, seed), 60);
      expect(steps(sampler({ coding, search }, undefined, seed), 60)).toEqual(drawn);
      for (const length of [12, 40, 240]) expect(Math.abs(drawn.slice(0, length).filter((id) => id.startsWith('s')).length - share * length)).toBeLessThanOrEqual(1);
    }
  });
});
