import { ActionIcon, CopyButton } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import css from './code-block.module.css';
import { ForeignText, Visible } from './turns/foreign-text.tsx';

/** Beyond it code is shown without colours, and folded. */
const mostCharacters = 20_000;

type Span = { readonly from: number; readonly to: number; readonly kind: string };

/** Names of the grammar's nodes, by how they are drawn. Keywords are named as they are spelled. */
const kinds: Readonly<Record<string, string>> = { Comment: 'comment', String: 'string', FormatString: 'string', ContinuedString: 'string', Number: 'number', Boolean: 'number', None: 'number', PropertyName: 'name' };

/** Python of a model, coloured; the grammar is fetched when the first code is shown. */
export function CodeBlock({ code, label }: { readonly code: string; readonly label: string }) {
  const { t } = useTranslation();
  const spans = usePython(code);
  return (
    <div className={css.block}>
      {spans ? (
        // Wide code scrolls by itself, so it must take the keyboard's focus.
        <pre className={css.code} tabIndex={0} aria-label={label}>
          <code>
            {spans.map(({ from, to, kind }) => (
              <span key={from} data-kind={kind || undefined}>
                <Visible text={code.slice(from, to)} />
              </span>
            ))}
          </code>
        </pre>
      ) : (
        <div className={css.code} data-waiting={code.length <= mostCharacters || undefined}>
          <ForeignText text={code} mono characters={mostCharacters} lines={200} />
        </div>
      )}
      <CopyButton value={code}>
        {({ copied, copy }) => (
          <ActionIcon className={css.copy} size="sm" variant="subtle" color="gray" onClick={copy} aria-label={t(copied ? 'turns.copied' : 'turns.copyCode')} title={t(copied ? 'turns.copied' : 'turns.copyCode')}>
            {copied ? <Check size={14} /> : <Copy size={14} />}
          </ActionIcon>
        )}
      </CopyButton>
    </div>
  );
}

let grammar: Promise<typeof import('@codemirror/lang-python')> | undefined;

function usePython(code: string): readonly Span[] | undefined {
  const [spans, setSpans] = useState<{ readonly code: string; readonly spans: readonly Span[] }>();
  useEffect(() => {
    if (code.length > mostCharacters) return undefined;
    let left = false;
    grammar ??= import('@codemirror/lang-python');
    void grammar.then(({ pythonLanguage }) => {
      if (!left) setSpans({ code, spans: spansOf(code, (text) => pythonLanguage.parser.parse(text)) });
    }, () => {
      grammar = undefined; // code is read without colours; the next one tries again
    });
    return () => {
      left = true;
    };
  }, [code]);
  return spans?.code === code ? spans.spans : undefined;
}

type Tree = { iterate(options: { enter(node: { readonly name: string; readonly from: number; readonly to: number }): boolean | void }): void };

function spansOf(code: string, parse: (code: string) => Tree): readonly Span[] {
  const spans: Span[] = [];
  let at = 0;
  const plainUntil = (end: number): void => {
    if (end > at) spans.push({ from: at, to: end, kind: '' });
    at = Math.max(at, end);
  };
  parse(code).iterate({
    enter: ({ name, from, to }) => {
      const kind = kinds[name] ?? (/^[a-z]+$/.test(name) ? 'keyword' : undefined);
      if (kind === undefined || from < at || to === from) return undefined;
      plainUntil(from);
      spans.push({ from, to, kind });
      at = to;
      return false;
    },
  });
  plainUntil(code.length);
  return spans;
}
