import type { Sample } from '../../records/sample.ts';
import type { JsonObject } from '../files/json-rows.ts';
import { type Format, RowFault, type WriteContext, hasNumber } from './format.ts';

// Data sets for TRL and verl: a prompt as a list of messages, images beside it, and the answer where each trainer's
// rewards look for it. A sample keeps its whole row as `extra`, so that nothing of it is lost on the way back.

const answerFields = ['answer', 'answers', 'golden_answers', 'ground_truth', 'solution'] as const;

export const chat: Format = {
  name: 'chat',
  title: 'TRL or verl data set',
  misfit: (row) => {
    if (questionIn(row) === undefined) return 'no user message in "prompt" or "messages", no "question", no "problem"';
    return answersIn(row) ? undefined : `no "reward_model", ${answerFields.join(', ')}`;
  },
  read: (row, { defaultId, asWritten }) => {
    const [question, answers] = [questionIn(row), answersIn(asWritten && hasNumericAnswers(row) ? asWritten() : row)];
    if (question === undefined) throw new RowFault('expected a user message in "prompt" or "messages", or a "question"; found none');
    if (!answers) throw new RowFault(`expected an answer in "reward_model" or ${answerFields.join(', ')}; found none`);
    const images = imagesIn(row);
    const info = objectIn(row, 'extra_info');
    const [id, split] = [row['id'] ?? info['id'], info['split']];
    return {
      version: 1,
      id: (typeof id === 'string' && id !== '') || typeof id === 'number' ? String(id) : defaultId,
      task: row['ability'] === 'search' || (row['ability'] !== 'coding' && images.length === 0) ? 'search' : 'coding',
      question,
      answers,
      images,
      ...(typeof split === 'string' && split !== '' && { split }),
      extra: row,
    };
  },
  write: (sample, context) => [sample.extra && chat.misfit(sample.extra) === undefined ? patched(sample.extra, sample, context) : madeAnew(sample, context)],
  fresh: { version: 1, format: 'chat', container: 'parquet', keys: [], numericIds: false, schema: [], metadata: [] },
};

const objectIn = (row: JsonObject, field: string): JsonObject => {
  const value = row[field];
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
};

type Message = JsonObject & { readonly role?: unknown; readonly content?: unknown };

const messageFields = ['prompt', 'messages'] as const;
const plainFields = ['prompt', 'question', 'problem', 'query'] as const;

/** The last message of the user: its field, its place in the list, its text. */
function userMessage(row: JsonObject): { readonly field: string; readonly at: number; readonly text: string } | undefined {
  for (const field of messageFields) {
    const list = row[field];
    if (!Array.isArray(list)) continue;
    const at = (list as readonly Message[]).findLastIndex(({ role }) => role === 'user');
    const content = (list as readonly Message[])[at]?.content;
    if (typeof content === 'string') return { field, at, text: content };
    if (Array.isArray(content)) return { field, at, text: (content as readonly JsonObject[]).flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : [])).join('\n') };
  }
  return undefined;
}

const withoutPlaceholders = (text: string): string => text.replaceAll(/<image>\n?/g, '').trim();

function questionIn(row: JsonObject): string | undefined {
  const text = userMessage(row)?.text ?? plainFields.map((field) => row[field]).find((value) => typeof value === 'string');
  return text === undefined ? undefined : withoutPlaceholders(text as string);
}

/** Every gold answer. Files made here list them all beside the one that verl compares with. */
function answersIn(row: JsonObject): readonly string[] | undefined {
  const all = texts(objectIn(row, 'extra_info')['answers']);
  const one = texts(objectIn(row, 'reward_model')['ground_truth']);
  if (one) return all?.includes(one[0] as string) ? all : one;
  return answerFields.map((field) => texts(row[field])).find((found) => found !== undefined);
}

/** Numbers become the text that is written. */
const hasNumericAnswers = (row: JsonObject): boolean => [objectIn(row, 'extra_info')['answers'], objectIn(row, 'reward_model')['ground_truth'], ...answerFields.map((field) => row[field])].some(hasNumber);

function texts(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const found = list.flatMap((each) => (typeof each === 'string' || typeof each === 'number' ? [(/<answer>([\s\S]*?)<\/answer>/.exec(String(each))?.[1] ?? String(each)).trim()] : []));
  return found.length > 0 && found.length === list.length ? found : undefined;
}

/** Names or references of a row's images: text, or { bytes, path } as Hugging Face data sets hold them. */
function imagesIn(row: JsonObject): readonly string[] {
  const value = row['images'] ?? row['image'] ?? [];
  return (Array.isArray(value) ? (value as readonly unknown[]) : [value]).flatMap((each) => {
    if (typeof each === 'string') return [each];
    const { bytes, path } = (each ?? {}) as JsonObject;
    if (typeof bytes === 'string') return [bytes];
    if (typeof path === 'string') return [path];
    throw new RowFault('field "images": expected paths or { bytes, path }, found neither');
  });
}

/** The row that a sample came from, with what has changed since. */
function patched(row: JsonObject, sample: Sample, { nameOf }: WriteContext): JsonObject {
  const before = chat.read(row, { defaultId: sample.id });
  const changes: Record<string, unknown> = {};
  if (before.question !== sample.question) {
    const message = userMessage(row);
    const content = `${'<image>'.repeat(sample.images.length)}${sample.question}`;
    if (message) changes[message.field] = (row[message.field] as readonly Message[]).map((each, i) => (i === message.at ? { ...each, content } : each));
    else changes[plainFields.find((field) => typeof row[field] === 'string') as string] = sample.question;
  }
  // A number may be written in several ways: the row keeps it as a number.
  const isSame = (answer: string, i: number): boolean => answer === before.answers[i] || (hasNumericAnswers(row) && String(Number(answer)) === before.answers[i]);
  if (before.answers.length !== sample.answers.length || !sample.answers.every(isSame)) {
    if (row['reward_model']) changes['reward_model'] = { ...objectIn(row, 'reward_model'), ground_truth: sample.answers[0] ?? '' };
    const field = answerFields.find((name) => texts(row[name]));
    if (field) changes[field] = Array.isArray(row[field]) ? sample.answers : (sample.answers[0] ?? '');
  }
  // Names of files are kept while the number of images is the same: what they hold is not known here.
  const same = before.images.every((image, i) => image === sample.images[i] || !image.startsWith('sha256:'));
  if (!same || before.images.length !== sample.images.length) {
    const images = sample.images.map((reference) => ({ bytes: reference, path: nameOf(reference) }));
    if (Object.hasOwn(row, 'images') || images.length > 1) changes['images'] = images;
    else changes['image'] = images[0] ?? null;
  }
  return { ...row, ...changes };
}

const madeAnew = (sample: Sample, { nameOf }: WriteContext): JsonObject => ({
  data_source: 'arft',
  prompt: [{ role: 'user', content: `${'<image>'.repeat(sample.images.length)}${sample.question}` }],
  images: sample.images.map((reference) => ({ bytes: reference, path: nameOf(reference) })),
  ability: sample.task,
  reward_model: { style: 'rule', ground_truth: sample.answers[0] ?? '' },
  extra_info: { id: sample.id, question: sample.question, answers: sample.answers, split: sample.split ?? '' },
});
