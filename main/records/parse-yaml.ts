import { LineCounter, type ParsedNode, isScalar, parseDocument, visit } from 'yaml';

/**
 * The value of a YAML or JSON text. Doubled keys are found by a set: the library looks for each among all before it,
 * which takes a quarter of a minute for 256 KiB of them.
 * @throws Error in words, with line and column, for what is none and for a key that comes twice.
 */
export function parseYaml(text: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: false, lineCounter: lines });
  if (document.errors[0]) throw document.errors[0];
  visit(document, {
    Map: (_, map) => {
      const keys = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) throw doubled(key as ParsedNode, String(key.value), lines);
        keys.add(key.value);
      }
    },
  });
  return document.toJS();
}

function doubled({ range }: ParsedNode, key: string, lines: LineCounter): Error {
  const { line, col } = lines.linePos(range[0]);
  return new Error(`Map keys must be unique: ${key.slice(0, 80)} comes again at line ${line}, column ${col}`);
}
