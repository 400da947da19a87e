import { expect, test } from 'vitest';
import { EngineError } from '../../../preload/rpc/connect.ts';
import { engineFault, engineWords, errorWords, speakOfEngine } from '../../../renderer/i18n/engine-words.ts';
import { catalogue, engineChinese, subjects } from '../../../renderer/i18n/zh/engine/engine.ts';
import { chineseOf } from '../../../renderer/i18n/zh/engine/translate.ts';
import { type Sentence, faultSentences, wordsIn } from './engine-sentences.ts';

const { sentence, fault, whole } = engineChinese;

const marks = /\{[#~]?[a-zA-Z]\w*\}/g;
const bare = (english: string): string => english.replaceAll(marks, '{}');
const kinds = ['things', 'parts', 'sentences'] as const;
const known = Object.fromEntries(kinds.map((kind) => [kind, new Set(Object.keys(catalogue[kind]).map(bare))])) as Record<(typeof kinds)[number], ReadonlySet<string>>;

/** Names of files, fields and settings, and what is hardly more than the values in it: they are the same in every language. */
const isCode = (text: string): boolean => {
  const letters = text.replaceAll('{}', '');
  return !/[a-z]{2}/.test(letters) || (!/\s/.test(letters.trim()) && (/[._=A-Z\d-]/.test(letters) || text.startsWith('{}'))) || text.startsWith('{"') || /^\{\}( (and|for|as) \{\})$/.test(text);
};

const lacking = (told: readonly Sentence[]): readonly string[] => told.map(({ place, text }) => `${place}: ${text}`);
const remedy = 'sentences without Chinese: give each an entry in renderer/i18n/zh/engine/, with {name} for what varies';

test('every fault that a user of the app can meet has its Chinese', () => {
  const rooms = ['agent', 'data', 'engine', 'evaluate', 'generation', 'model', 'policy', 'reward', 'sandbox', 'search', 'serve', 'store', 'train', 'worker'];
  const told = faultSentences(rooms);
  expect(told.length).toBeGreaterThan(700);
  const without = told.filter(({ role, text }) => {
    if (role === 'thing') return !isCode(text) && !known.things.has(text);
    return !isCode(text) && !(role !== 'remedy' && known.parts.has(text)) && !known.sentences.has(text);
  });
  expect(lacking(without), remedy).toEqual([]);
});

test('so have findings, alarms, what the machine lacks, and faults of images', () => {
  const words = [...known.things, ...known.parts, ...known.sentences].join('\n').replaceAll('{}', '');
  // These are put together in more ways than are worth an entry each: what stands between their values must be there.
  const isKnown = ({ text }: Sentence): boolean => text.split('{}').every((piece) => !/[a-z]{2}/.test(piece) || words.includes(piece.trim()));
  const forPrograms = new Set(['print(6 * 7)', 'Bearer {}', 'Node {}, onnxruntime {}, {} {} {}', '{}: expected {}, found {}. {}', 'tool use']);
  const told = wordsIn(['train/alarms.ts', 'train/preflight.ts', 'train/try-demonstrations.ts', 'train/preflight-resources.ts', 'train/full-disk.ts', 'engine/evaluations-check.ts', 'doctor', 'sandbox/tiers.ts', 'data/images.ts', 'model/folder/config-fields.ts', 'model/folder/config.ts', 'model/folder/adapter-config.ts', 'model/folder/file-errors.ts', 'model/folder/inspect.ts', 'store/open-database.ts', 'train/demonstrations.ts', 'train/change-config.ts']);
  expect(told.length).toBeGreaterThan(60);
  expect(lacking(told.filter((each) => !forPrograms.has(each.text) && !isKnown(each))), remedy).toEqual([]);
});

test('no subject says again what another does', () => {
  for (const kind of ['parts', 'sentences'] as const) {
    const all = subjects.flatMap((subject) => Object.keys(subject[kind]).map(bare));
    expect(all.filter((text, i) => all.indexOf(text) !== i)).toEqual([]);
  }
});

test('the Chinese has what the English has in its places', () => {
  const places = (text: string): readonly string[] => (text.match(/\{[#~]?[a-zA-Z]\w*\}/g) ?? []).map((each) => each.replace(/[#~]/, '')).sort();
  const different = kinds.flatMap((kind) => Object.entries(catalogue[kind]).filter(([english, chinese]) => places(english).join() !== [...new Set(places(chinese))].join()));
  expect(different).toEqual([]);
});

test('every pattern is found by its own sentence, with its own values', () => {
  for (const kind of kinds) {
    const alone = chineseOf({ things: {}, parts: {}, sentences: {}, [kind === 'things' ? 'things' : 'sentences']: catalogue[kind] });
    const say = kind === 'things' ? (text: string) => alone.fault({ thing: text, expected: '', found: '', remedy: '' }).thing : alone.sentence;
    for (const [english, chinese] of Object.entries(catalogue[kind])) {
      let count = 0;
      const values = new Map<string, string>();
      const said = english.replaceAll(/\{([#~]?)([a-zA-Z]\w*)\}/g, (_, mark: string, name: string) => {
        count += 1;
        values.set(name, mark === '#' ? String(10 + count) : `/v${count}/x-y`);
        return values.get(name) ?? '';
      });
      expect(say(said), english).toBe(chinese.replaceAll(/\{(\w+)\}/g, (itself, name: string) => values.get(name) ?? itself));
    }
  }
});

test('a fault is composed of its parts', () => {
  const told = { thing: 'run try-3', expected: 'a run with steps left', found: 'one that is finished', remedy: 'Duplicate it with more steps.' };
  expect(fault(told)).toEqual({ thing: '训练 try-3', expected: '还有未完成步数的训练', found: '已完成', remedy: '请复制它并增加步数。' });
  expect(whole(told)).toBe('训练 try-3：应为还有未完成步数的训练，实为已完成。请复制它并增加步数。');
  expect(sentence('run try-3: expected a run with steps left, found one that is finished. Duplicate it with more steps.')).toBe(whole(told));
  expect(sentence('/d/a.json: expected a file that can be read, found ENOENT: no such file. Check the path.')).toBe('/d/a.json：应为可以读取的文件，实为 ENOENT: no such file。请检查路径。');
});

test('reasons within reasons are said in Chinese too', () => {
  expect(sentence('no sandbox works here, so no code is run (L1: bubblewrap (bwrap) is not installed; L3: it is one of Linux, this is darwin). Install bubblewrap, or use a kernel with Landlock.'))
    .toBe('这里没有可用的沙箱，因此不运行代码（L1：没有安装 bubblewrap（bwrap）；L3：它属于 Linux，本机是 darwin）。请安装 bubblewrap，或使用支持 Landlock 的内核。');
  expect(sentence('12 questions of a.json. MAT-Coding has 200: figures of this file are not those of the whole benchmark. 3 have no gold answer and score 0.'))
    .toBe('a.json 中的 12 题。MAT-Coding 有 200 题：此文件的分数不是整个基准的分数。3 题没有标准答案，计 0 分。');
});

test('a name does not swallow the next of a list', () => {
  expect(sentence('12 questions of a.json. 2 rows have faults: row 3: has no image, and MAT-Coding asks about images; left out; line 4: something new.'))
    .toBe('a.json 中的 12 题。2 行有问题：第 3 行数据：没有图片，而 MAT-Coding 的问题都与图片有关；已跳过；第 4 行：something new。');
  expect(sentence('about 6.0 GiB of 15.6 GiB, with a prompt of 300 tokens and 200 behind it; 20.0 GiB with 4000. model.quantize int4 needs 3.0 GiB; rollout.slots 1 needs 5.0 GiB, which is not enough by itself; together model.quantize int4, rollout.slots 1 need 2.0 GiB'))
    .toBe('约需 6.0 GiB，共有 15.6 GiB（提示词 300 个 token，其后 200 个）；其后 4000 个时需 20.0 GiB。model.quantize 改为 int4 时需 3.0 GiB；rollout.slots 改为 1 时需 5.0 GiB，仅此还不够；同时改为 model.quantize int4, rollout.slots 1 时需 2.0 GiB');
});

test('what is not known stays as it is', () => {
  for (const text of ['', 'Something new.', 'run out of memory', '12 questions of a.json. A new remark.', 'x: expected y, found z. A new remedy.', 'a and b']) expect(sentence(text)).toBe(text);
  const told = { thing: '/none', expected: 'a new thing', found: 'x', remedy: 'Do it anew.' };
  expect(fault(told)).toEqual(told);
});

test('English is as it comes; Chinese only while it is spoken', () => {
  const details = { thing: 'corpus a', expected: 'a name that is not taken', found: '/c/a.db', remedy: 'Choose another name.' };
  const error = new EngineError({ code: 'BAD_INPUT', message: 'corpus a: expected a name that is not taken, found /c/a.db. Choose another name.', details });
  expect([engineWords('quantising'), errorWords(error), engineFault(details)]).toEqual(['quantising', error.message, details]);
  speakOfEngine(engineChinese);
  expect([engineWords('quantising'), errorWords(error), errorWords(new Error('Choose another name.'))]).toEqual(['量化', '语料库 a：应为未被占用的名称，实为 /c/a.db。请换一个名称。', '请换一个名称。']);
  speakOfEngine(undefined);
  expect(engineWords('quantising')).toBe('quantising');
});

test('odd characters in names survive', () => {
  for (const name of ['$&', '$1', '{name}', 'a\nb', '(x|y)*', '\\', '名字', 'a, found b', '😀 ']) {
    expect(sentence(`There is no corpus ${name}. Choose one that was imported.`)).toBe(`没有语料库 ${name}。请选择已导入的语料库。`);
    expect(fault({ thing: `run ${name}`, expected: '', found: '', remedy: '' }).thing).toBe(`训练 ${name}`);
  }
});
