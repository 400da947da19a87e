import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { EvaluationDraft } from '../../preload/contract/evaluations.ts';
import { openPromptSet } from '../agent/prompts.ts';
import { readBenchmark } from '../data/benchmark.ts';
import { benchmarks, otherKind } from '../evaluate/benchmarks.ts';
import { isAdapter } from '../model/folder/adapter-config.ts';
import { holdsTrainedWeights } from '../model/folder/trained-weights.ts';
import { parseScheme } from '../model/quantize/scheme.ts';
import { carriesSecret } from '../policy/open.ts';
import { InputError } from '../records/input-error.ts';
import { readPython } from '../setup/ensure-python.ts';
import { keyVariable, readKey } from '../search/keys.ts';
import { corpusNames } from '../search/corpus/folder.ts';
import { resolveUpload } from '../serve/files.ts';
import type { EngineContext } from './context.ts';
import { miniItems, miniSeed } from './evaluations-starter.ts';
import { webSettings } from './web-search.ts';

type Status = 'ok' | 'warning' | 'problem';
type Finding = { readonly id: 'data' | 'images' | 'policy' | 'endpoint' | 'prompts' | 'code' | 'search' | 'scorer'; readonly status: Status; readonly detail: string };

/** How long an endpoint may take to name its models. */
const endpointMs = 6000;

/** What stands in the way of an evaluation, and what to know before it starts. */
export async function checkEvaluation(context: EngineContext, draft: EvaluationDraft, signal: AbortSignal): Promise<{ readonly ready: boolean; readonly items: number | null; readonly findings: Finding[] }> {
  const data = await dataFindings(context, draft, signal);
  const findings = [...data.findings, ...(await policyFindings(draft, signal)), ...promptFindings(context, draft), ...toolFindings(context, draft), ...scorerFindings(draft)];
  return { ready: findings.every(({ status }) => status !== 'problem'), items: data.items, findings };
}

/** In words what an InputError says; other errors are faults of ours. */
function wordsOf(error: unknown): string {
  if (!(error instanceof InputError)) throw error;
  const { thing, expected, found, remedy } = error.expectation;
  return `${thing}: expected ${expected}, found ${found}. ${remedy}`;
}

async function dataFindings({ home }: EngineContext, { data, split, limit, benchmark: name }: EvaluationDraft, signal: AbortSignal): Promise<{ readonly items: number | null; readonly findings: readonly Finding[] }> {
  const problem = (detail: string) => ({ items: null, findings: [{ id: 'data', status: 'problem', detail } as const] });
  if (data.trim() === '') return problem('No data is named. Give the path of the benchmark’s file or folder, or drop the file.');
  const benchmark = benchmarks.find((each) => each.name === name);
  if (data.startsWith('mini:')) {
    if (miniSeed(data) === undefined) return problem(`${data}: expected mini: and a whole number, such as mini:1.`);
    if (name !== 'mat-mini') return problem(`${data} draws questions of MAT-mini. ${benchmark?.title ?? name} needs its own file.`);
    const items = limit ?? miniItems;
    return { items, findings: [{ id: 'data', status: 'ok', detail: `${items} questions of the built-in task, drawn from seed ${miniSeed(data)}.` }] };
  }
  try {
    const { samples, faults, file, corpusFile } = await readBenchmark(await resolveUpload(home, data), split, signal);
    const asked = samples.slice(0, limit ?? samples.length);
    if (asked.length === 0) return problem(`${file}: no question in it. ${faults.slice(0, 3).join('; ')}`);
    const goldless = asked.filter(({ answers }) => answers.length === 0).length;
    const other = limit === null && benchmark?.items !== undefined && benchmark.items !== samples.length ? ` ${benchmark.title} has ${benchmark.items}: figures of this file are not those of the whole benchmark.` : '';
    const kind = benchmark && otherKind(benchmark, asked);
    const findings: Finding[] = [{ id: 'data', status: faults.length > 0 || other !== '' || kind !== undefined || goldless > 0 ? 'warning' : 'ok', detail: `${asked.length} questions of ${path.basename(file)}${corpusFile === undefined ? '' : `, with passages in ${path.basename(corpusFile)}`}.${other}${kind === undefined ? '' : ` ${kind}`}${goldless > 0 ? ` ${goldless} have no gold answer and score 0.` : ''}${faults.length > 0 ? ` ${faults.length} rows have faults: ${faults.slice(0, 3).join('; ')}.` : ''}` }];
    const named = asked.flatMap(({ images }) => images).filter((image) => path.isAbsolute(image));
    const lost = named.filter((image) => !existsSync(image));
    if (lost.length > 0) findings.push({ id: 'images', status: 'problem', detail: `${lost.length} of ${named.length} images are not there, such as ${lost[0]}. Put them beside the file, or into a folder images beside it, and name the file by its path.` });
    return { items: asked.length, findings };
  } catch (error) {
    return problem(wordsOf(error));
  }
}

async function policyFindings({ policy, benchmark, data }: EvaluationDraft, signal: AbortSignal): Promise<readonly Finding[]> {
  switch (policy.kind) {
    case 'script':
      return benchmark === 'mat-mini'
        ? [{ id: 'policy', status: 'ok', detail: policy.name === 'mini-expert' ? 'Right everywhere: it knows how each picture was damaged.' : 'Answers by chance: about 14 % F1.' }]
        : [{ id: 'policy', status: 'problem', detail: `${policy.name} knows MAT-mini alone. Choose a model for ${data === '' ? benchmark : path.basename(data)}.` }];
    case 'local':
      return [localFinding(policy)];
    case 'endpoint':
      return endpointFindings(policy, signal);
  }
}

function localFinding({ folder, adapter, quantize }: Extract<EvaluationDraft['policy'], { kind: 'local' }>): Finding {
  const problem = (detail: string): Finding => ({ id: 'policy', status: 'problem', detail });
  if (folder === '') return problem('No model is chosen.');
  if (!existsSync(path.join(folder, 'config.json'))) return problem(`${folder}: no config.json there. Choose a Hugging Face folder of a Qwen2.5-VL.`);
  if (adapter !== null && !isAdapter(adapter) && !holdsTrainedWeights(adapter)) return problem(`${adapter}: no adapter_config.json there. Choose a PEFT adapter, or a checkpoint of a run.`);
  try {
    if (quantize !== '') parseScheme(quantize);
  } catch (error) {
    return problem(wordsOf(error));
  }
  return { id: 'policy', status: 'ok', detail: `${path.basename(folder)}${adapter === null ? '' : ` with ${path.basename(adapter)}`}` };
}

const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });

async function endpointFindings({ url, model, key }: Extract<EvaluationDraft['policy'], { kind: 'endpoint' }>, signal: AbortSignal): Promise<readonly Finding[]> {
  const say = (status: Status, detail: string): readonly Finding[] => [{ id: 'endpoint', status, detail }];
  if (carriesSecret(url)) return say('problem', 'The address holds an @, ? or #. Leave passwords and queries out; a key is stored in Settings.');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return say('problem', `${url === '' ? 'No address' : url}: expected a URL up to and with its version, such as http://127.0.0.1:8000/v1.`);
  if (model.trim() === '') return say('problem', 'No model is named. Give the name under which the endpoint knows its model.');
  const secret = readKey(key === '' ? 'endpoint' : key)?.value;
  if (secret === undefined && key !== '' && key !== 'endpoint') return say('problem', `No key is stored under ${key}. Store it in Settings, or set ${keyVariable(key)} where the app is started.`);
  try {
    const answer = await fetch(`${url.replace(/\/+$/, '')}/models`, { headers: secret === undefined ? {} : { authorization: `Bearer ${secret}` }, redirect: 'error', signal: AbortSignal.any([signal, AbortSignal.timeout(endpointMs)]) });
    if (answer.status === 401 || answer.status === 403) return say('problem', `It refuses ${secret === undefined ? 'calls without a key' : 'the key'} (${answer.status}).`);
    const listed = answer.ok ? modelList.safeParse(await answer.json().catch(() => undefined)).data?.data.map(({ id }) => id) : undefined;
    if (!listed) return say('warning', `It answers, but does not list its models (${answer.status}); whether it knows ${model} is seen at the first question.`);
    if (!listed.includes(model)) return say('warning', `It lists ${listed.slice(0, 5).join(', ') || 'no model'}${listed.length > 5 ? ' …' : ''}, and not ${model}.`);
    return say('ok', `It answers and knows ${model}.`);
  } catch (error) {
    signal.throwIfAborted();
    const cause = (error as { readonly cause?: { readonly code?: string } }).cause?.code;
    return say('problem', `It does not answer (${cause ?? (error as Error).message}). Start it, or correct the address.`);
  }
}

function promptFindings({ home }: EngineContext, { prompts }: EvaluationDraft): readonly Finding[] {
  try {
    openPromptSet(prompts, path.join(home, 'prompts'));
    return [];
  } catch (error) {
    return [{ id: 'prompts', status: 'problem', detail: wordsOf(error) }];
  }
}

function toolFindings({ home, store }: EngineContext, { mode, code, search, benchmark: name }: EvaluationDraft): readonly Finding[] {
  if (mode === 'direct') return [];
  const findings: Finding[] = [];
  const task = benchmarks.find((each) => each.name === name)?.task;
  if (code && !readPython(home)) findings.push({ id: 'code', status: 'warning', detail: 'Python for the code tool is made first, once: about a minute. Where it cannot be made, the code tool is off and the report says so.' });
  if (!code && task === 'coding') findings.push({ id: 'code', status: 'warning', detail: 'The code tool is off, and this benchmark is about it.' });
  if (search === 'web') {
    const { on, engine } = webSettings(store);
    findings.push(on ? { id: 'search', status: 'warning', detail: `Queries leave this machine, to ${engine}.` } : { id: 'search', status: 'problem', detail: 'Searching the web is off. Turn it on in Settings, or choose a corpus.' });
  } else if (search !== '' && !corpusNames(home).includes(search)) findings.push({ id: 'search', status: 'problem', detail: `There is no corpus ${search}. Choose one that was imported.` });
  else if (search === '' && task === 'search') findings.push({ id: 'search', status: 'warning', detail: 'Nothing to search in is chosen, and this benchmark is about searching.' });
  return findings;
}

function scorerFindings({ scorer, benchmark }: EvaluationDraft): readonly Finding[] {
  return scorer === 'paper' && benchmark === 'mat-mini' ? [{ id: 'scorer', status: 'warning', detail: 'MAT-mini has no published scorer: both count the same.' }] : [];
}
