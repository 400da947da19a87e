import { describe, expect, it } from 'vitest';
import { parseTags } from '../../../main/agent/protocols/tags.ts';

const think = '<think>look closer</think>';

describe('one valid action', () => {
  it.each([
    [`${think}<search>animal K likes</search>`, { kind: 'search', query: 'animal K likes' }],
    [`\n${think}\n\n<answer>\nLEGO\nGroup </answer>\n`, { kind: 'answer', answer: 'LEGO\nGroup' }],
    [`${think}<code>img = img.rotate(90)</code>`, { kind: 'code', code: 'img = img.rotate(90)' }],
    [`${think}<code>\n\`\`\`python\nfor i in x:\n    print(i)\n\`\`\`\n</code>`, { kind: 'code', code: 'for i in x:\n    print(i)' }],
    [`${think}<code>\`\`\`\na = 1\n\`\`\`</code>`, { kind: 'code', code: 'a = 1' }],
    [`${think}<code>\`\`\`py\r\na = 1\`\`\`</code>`, { kind: 'code', code: 'a = 1' }],
    [`${think}<code>\n    a = 1\n    b = 2\n</code>`, { kind: 'code', code: '    a = 1\n    b = 2' }],
    [`${think}<code>if a < b and c > d: e = '<b>'</code>`, { kind: 'code', code: "if a < b and c > d: e = '<b>'" }],
    [`${think}<problem>{'rotation90', 'dark'}</problem>`, { kind: 'problem', issues: ['rotation90', 'dark'] }],
    [`${think}<problem>["Blur", "blur"]</problem>`, { kind: 'problem', issues: ['blur'] }],
    [`${think}<problem>none</problem>`, { kind: 'problem', issues: ['none'] }],
    [`${think}<problem>dark; blur，noise/crop.</problem>`, { kind: 'problem', issues: ['dark', 'blur', 'noise', 'crop'] }],
    [`${think}<code>\`\`\`python3.11\nprint(1)\n\`\`\`</code>`, { kind: 'code', code: 'print(1)' }],
    [`${think}<code>\`\`\`python print(1)\`\`\`</code>`, { kind: 'code', code: 'print(1)' }],
    ['<think>多行\n思考</think>\n<answer>软件工程</answer>', { kind: 'answer', think: '多行\n思考', answer: '软件工程' }],
    ['<think>is 3 < 4 > 2 ?</think><answer>yes</answer>', { kind: 'answer', think: 'is 3 < 4 > 2 ?' }],
  ])('%s', (text, expected) => expect(parseTags(text)).toMatchObject({ think: 'look closer', ...expected }));
});

describe('what is no action, and why', () => {
  it.each([
    ['', 'empty'],
    [' \n\t ', 'empty'],
    ['The answer is 7.', 'no-action'],
    ['<think>hm</think>', 'no-action'],
    ['<think>hm</think> 7', 'no-action'],
    ['<Answer>7</Answer>', 'no-action'],
    ['<answer>7</answer>', 'missing-think'],
    ['<answer>7</answer><think>hm</think>', 'missing-think'],
    [`${think}${think}<answer>7</answer>`, 'several-thinks'],
    ['<think> </think><answer>7</answer>', 'empty-think'],
    ['<think>hm', 'unclosed'],
    [`${think}<answer>7`, 'unclosed'],
    [`${think}7</answer>`, 'unclosed'],
    [`${think}<answer>7</search>`, 'unclosed'],
    [`${think}<answer><answer>7</answer></answer>`, 'nested'],
    ['<think>I will <answer>7</answer></think><answer>7</answer>', 'nested'],
    [`${think}<code>print("<answer>7</answer>")</code>`, 'nested'],
    [`${think}<search>a</search><answer>7</answer>`, 'several-actions'],
    [`${think}<answer>7</answer><answer>8</answer>`, 'several-actions'],
    [`Sure! ${think}<answer>7</answer>`, 'text-between'],
    [`${think} so <answer>7</answer>`, 'text-between'],
    [`${think}<answer>7</answer> done`, 'text-after'],
    [`${think}<answer>\n</answer>`, 'empty-action'],
    [`${think}<code>\`\`\`python\n\`\`\`</code>`, 'empty-action'],
    [`${think}<problem>{}</problem>`, 'empty-action'],
    ['x'.repeat(2 << 20), 'too-long'],
  ])('%.60s → %s', (text, reason) => expect(parseTags(text)).toMatchObject({ kind: 'invalid', reason }));
});
