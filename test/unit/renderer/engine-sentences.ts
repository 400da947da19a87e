import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** A sentence of the engine as its source has it; what varies is `{}`. */
export type Sentence = { readonly place: string; readonly role: string; readonly text: string };

const main = path.join(import.meta.dirname, '../../../main');
const roles = new Set(['thing', 'expected', 'found', 'remedy']);

/** Sources of some rooms or single files of `main/` that have a word; the others need no parsing. */
const sources = (rooms: readonly string[], word = /./): readonly ts.SourceFile[] =>
  readdirSync(main, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && rooms.some((room) => file === room || file.startsWith(`${room}/`)))
    .sort()
    .map((file) => [file, readFileSync(path.join(main, file), 'utf8')] as const)
    .filter(([, text]) => word.test(text))
    .map(([file, text]) => ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));

/** What the properties of faults say: literals, branches of conditions, and constants of the same file. */
export function faultSentences(rooms: readonly string[]): readonly Sentence[] {
  return sources(rooms, /\b(thing|expected|found|remedy)\b/).flatMap((source) => {
    const told: Sentence[] = [];
    walk(source, (node) => {
      const property = ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node) ? node : undefined;
      const role = property?.name.getText();
      if (!property || role === undefined || !roles.has(role)) return;
      const value = ts.isPropertyAssignment(property) ? property.initializer : property.name;
      for (const text of literalsOf(value, source)) told.push({ place: placeOf(source, node), role, text });
    });
    return told;
  });
}

/** Every text of several words in files that hardly hold any other. */
export const wordsIn = (files: readonly string[]): readonly Sentence[] =>
  sources(files).flatMap((source) => {
    const told: Sentence[] = [];
    walk(source, (node) => {
      if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return;
      for (const text of literalsOf(node, source)) if (/[a-z] [a-z(]|[a-z] \{\}|\{\} [a-z]/.test(text)) told.push({ place: placeOf(source, node), role: 'sentence', text });
    });
    return told;
  });

function literalsOf(value: ts.Node, source: ts.SourceFile, deep = 0): readonly string[] {
  if (ts.isStringLiteralLike(value)) return [value.text];
  if (ts.isTemplateExpression(value)) return [value.head.text + value.templateSpans.map(({ literal }) => `{}${literal.text}`).join('')];
  if (ts.isParenthesizedExpression(value) || ts.isAsExpression(value)) return literalsOf(value.expression, source, deep);
  if (ts.isConditionalExpression(value)) return [value.whenTrue, value.whenFalse].flatMap((each) => literalsOf(each, source, deep));
  if (ts.isBinaryExpression(value) && [ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.BarBarToken].includes(value.operatorToken.kind)) return [value.left, value.right].flatMap((each) => literalsOf(each, source, deep));
  if (!ts.isIdentifier(value) || deep > 1) return [];
  const told: string[] = [];
  walk(source, (node) => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === value.text && node.initializer) told.push(...literalsOf(node.initializer, source, deep + 1));
  });
  return told;
}

function walk(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => walk(child, see));
}

const placeOf = (source: ts.SourceFile, node: ts.Node): string => `main/${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
