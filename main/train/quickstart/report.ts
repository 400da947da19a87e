import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ImageSource } from '../../records/policy.ts';
import type { RunConfig } from '../../records/run-config.ts';
import type { Sample } from '../../records/sample.ts';
import type { Trajectory, Turn } from '../../records/trajectory.ts';
import { standardMetric } from '../../reward/standard-metric.ts';
import { scoreAnswer } from '../../reward/text-metrics.ts';
import { estimateText } from '../../evaluate/figures-text.ts';
import { shipped } from '../../shipped.ts';
import { type Curve, curveSvg } from './curve.ts';
import type { Measured } from './quickstart.ts';

/** An unseen question with its episode before and after training. */
export type Shown = { readonly sample: Sample; readonly before: Trajectory; readonly after: Trajectory };

export type ReportFigures = { readonly before: Measured; readonly after: Measured; readonly seconds: number; readonly run: string; readonly curve: Curve['steps']; readonly heldOut: Curve['heldOut']; readonly config: RunConfig };

/** Writes report.html and curve.svg into the run's folder. @returns the report's path. */
export async function writeQuickstartReport(folder: string, figures: ReportFigures, shown: readonly Shown[], images: ImageSource): Promise<string> {
  const svg = curveSvg({ steps: figures.curve, heldOut: figures.heldOut });
  writeFileSync(path.join(folder, 'curve.svg'), svg);
  const episodes = [];
  for (const each of telling(shown)) episodes.push(await episodeHtml(each, images));
  const file = path.join(folder, 'report.html');
  writeFileSync(file, page(figures, svg, episodes));
  return file;
}

const isRight = (sample: Sample, { ending }: Trajectory): boolean => scoreAnswer(standardMetric, ending.kind === 'answered' ? ending.answer : null, sample.answers).em === 1;

/** Three questions that tell most: wrong before and right after, each of another kind of action. */
function telling(shown: readonly Shown[]): readonly Shown[] {
  const learned = shown.filter(({ sample, before, after }) => !isRight(sample, before) && isRight(sample, after) && after.turns.length > 1);
  const kinds = new Map<string, Shown>();
  for (const each of learned) {
    const first = each.after.turns[0]?.action;
    const key = first?.kind === 'code' ? first.code : (first?.kind ?? '');
    if (!kinds.has(key)) kinds.set(key, each);
  }
  const search = [...kinds].filter(([key]) => key === 'search').map(([, each]) => each);
  const others = [...kinds].filter(([key]) => key !== 'search').map(([, each]) => each);
  const chosen = [...others.slice(0, search.length > 0 ? 2 : 3), ...search];
  return [...chosen, ...shown.filter((each) => !chosen.includes(each))].slice(0, 3);
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

async function picture(reference: string, caption: string, images: ImageSource): Promise<string> {
  const bytes = await images.read(reference);
  return `<figure><img alt="${escaped(caption)}" src="data:image/png;base64,${Buffer.from(bytes).toString('base64')}"><figcaption>${escaped(caption)}</figcaption></figure>`;
}

async function episodeHtml({ sample, before, after }: Shown, images: ImageSource): Promise<string> {
  const side = async (title: string, trajectory: Trajectory): Promise<string> => {
    const turns = [];
    for (const turn of trajectory.turns) turns.push(await turnHtml(turn, images));
    const right = isRight(sample, trajectory);
    return `<div class="side"><h3>${title} <span class="${right ? 'right' : 'wrong'}">${right ? 'right' : 'wrong'}</span></h3>${turns.join('')}</div>`;
  };
  const [image] = sample.images;
  return `<section><div class="question">${image === undefined ? '' : await picture(image, 'what the agent sees', images)}<div><h2>${escaped(sample.question)}</h2><p>gold: <b>${escaped(sample.answers.join(' | '))}</b></p></div></div><div class="sides">${await side('before', before)}${await side('after', after)}</div></section>`;
}

async function turnHtml({ action, completion, observation }: Turn, images: ImageSource): Promise<string> {
  const said = action.kind === 'invalid' ? `<pre>${escaped(completion)}</pre><p>no action: ${escaped(action.detail)}</p>` : `<p class="think">${escaped(action.think)}</p>${actionHtml(action)}`;
  if (observation?.kind === 'information') return `<div class="turn">${said}<p class="back">${observation.passages.length === 0 ? 'nothing found' : observation.passages.map(({ text }) => escaped(text)).join('<br>')}</p></div>`;
  if (observation?.kind === 'code') {
    const output = observation.outputs.at(-1);
    return `<div class="turn">${said}${output && observation.status === 'ok' ? await picture(output.image, 'after the code', images) : `<p class="back">${escaped(observation.status)}</p>`}</div>`;
  }
  return `<div class="turn">${said}</div>`;
}

function actionHtml(action: Exclude<Turn['action'], { kind: 'invalid' }>): string {
  switch (action.kind) {
    case 'code':
      return `<pre>${escaped(action.code)}</pre>`;
    case 'search':
      return `<p>searches: <code>${escaped(action.query)}</code></p>`;
    case 'problem':
      return `<p>names: ${escaped(action.issues.join(', '))}</p>`;
    case 'answer':
      return `<p>answers: <b>${escaped(action.answer)}</b></p>`;
  }
}

const style = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;margin:1rem 0}td,th{padding:.3rem .9rem;text-align:right;border-bottom:1px solid #8884}td:first-child,th:first-child{text-align:left}section{border:1px solid #8886;border-radius:10px;padding:1rem;margin:1.2rem 0}.question{display:flex;gap:1rem;align-items:center}.sides{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1rem}.side{border-top:1px solid #8884}.turn{margin:.6rem 0;padding-left:.8rem;border-left:3px solid #8886}figure{margin:.3rem 0}figure img{width:112px;height:auto;image-rendering:pixelated;border:1px solid #8886}figcaption,.think{color:light-dark(#666,#aaa);font-size:.85em;margin:0}pre{background:#8882;padding:.5rem;border-radius:6px;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}.right{color:light-dark(#15803d,#4ade80)}.wrong{color:light-dark(#b91c1c,#f87171)}.wide{overflow-x:auto}td{white-space:nowrap}svg{width:100%;min-width:36rem;height:auto}h3{margin:.4rem 0}@media(max-width:40rem){.sides{grid-template-columns:minmax(0,1fr)}}`;

const sampledText = ({ sampled }: Measured, key: 'f1' | 'em' | 'rightTool'): string => sampled[key]?.toFixed(1) ?? '–';

function page({ before, after, seconds, run, config }: ReportFigures, svg: string, episodes: readonly string[]): string {
  const row = (title: string, key: 'f1' | 'em' | 'rightTool'): string => `<tr><td>${title}</td><td>${estimateText(before[key])}</td><td>${estimateText(after[key])}</td><td>${sampledText(before, key)}</td><td>${sampledText(after, key)}</td></tr>`;
  const name = path.resolve(config.model.folder) === shipped('resources/starter') ? 'A Qwen2.5-VL of 1.4 million weights' : `The model in ${escaped(config.model.folder)}`;
  // Said only where the intervals bear it out.
  const learned = after.f1.low > before.f1.high;
  const invalid = before.invalid + after.invalid;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Quickstart: ${escaped(run)}</title><style>${style}</style><h1>${learned ? 'A visual agent learned when to use which tool' : 'A visual agent before and after training'}</h1>
<p>${name}, ${config.steps} ${config.steps === 1 ? 'step' : 'steps'} of GRPO, ${Math.round(seconds)} s in all. ${learned ? 'It could read and knew the tools; the reward taught it when each is of use.' : 'On these questions its F1 did not rise by more than chance gives.'} Measured on ${after.items} questions that it never saw, in percent, with 95 % intervals.${invalid > 0 ? ` ${invalid} episodes ended by a fault of ours and are not counted.` : ''}</p>
<div class="wide"><table><tr><th></th><th>before, greedy</th><th>after, greedy</th><th>before, 4 samples</th><th>after, 4 samples</th></tr>${row('F1', 'f1')}${row('exact match', 'em')}${row('right tool', 'rightTool')}</table></div>
<div class="wide">${svg}</div><h2>${episodes.length === 1 ? 'One' : episodes.length === 2 ? 'Two' : 'Three'} of the questions</h2>${episodes.join('\n')}
<p>Every step, with all episodes, is in log.jsonl beside this file.</p></html>\n`;
}
