import type { ChatMessage } from '../records/chat.ts';
import type { InputError } from '../records/input-error.ts';
import { type ModelReport, collecting, inspectModelFolder } from './folder/inspect.ts';
import { readImageSettings } from './image/processor-settings.ts';
import { openChatTemplate } from './text/chat.ts';
import { buildPrompt, requireEmbedded } from './text/prompt.ts';
import { openTokenizer } from './text/tokenizer.ts';

/** A conversation as every user of a model has it: words, an image, an answer. */
const tried: readonly ChatMessage[] = [
  { role: 'system', content: 'Look closely.' },
  { role: 'user', content: [{ type: 'image', image: 'a picture' }, { type: 'text', text: 'What is it?' }] },
  { role: 'assistant', content: 'A picture.' },
  { role: 'user', content: 'Of what?' },
];

/**
 * What inspectModelFolder says, and whether the tokenizer, the chat template and the image processor's settings can be
 * used, each and together: they are opened as for a generation, and write a prompt with an image. Takes a second with a
 * large vocabulary.
 * @throws InputError only when the folder itself cannot be read.
 */
export function examineModelFolder(folder: string): ModelReport {
  const report = inspectModelFolder(folder);
  const { config, has } = report;
  const faults: InputError[] = [];
  const attempt = collecting(faults);
  const tokenizer = has.tokenizer ? attempt(() => openTokenizer(folder)) : undefined;
  const template = has.chatTemplate ? attempt(() => openChatTemplate(folder)) : undefined;
  const settings = config && has.imageProcessor ? attempt(() => readImageSettings(folder, config.vision)) : undefined;
  if (config && tokenizer && template) {
    attempt(() => requireEmbedded(buildPrompt(tried, { tokenizer, template, imageToken: config.tokens.image, imageTokens: [1] }).ids, tokenizer, config.text.vocabSize));
  }
  return {
    ...report,
    has: { ...has, tokenizer: tokenizer !== undefined, chatTemplate: template !== undefined, imageProcessor: config ? settings !== undefined : has.imageProcessor },
    missing: [...report.missing, ...faults.map(({ message }) => message)],
    lacks: [...report.lacks, ...faults.map(({ expectation }) => expectation)],
  };
}
