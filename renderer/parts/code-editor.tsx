import { python } from '@codemirror/lang-python';
import { useComputedColorScheme } from '@mantine/core';
import CodeMirror, { EditorView, Prec, keymap } from '@uiw/react-codemirror';

export type CodeEditorProps = {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly label: string;
  readonly onRun: () => void;
  /** As high as its lines, between two heights in pixels; without them of one height. */
  readonly heights?: readonly [number, number];
  /** Takes the focus as it appears. */
  readonly focused?: boolean;
};

/** The ground of a card: on the dark theme's own, some of its colours are too faint. */
const ground = Prec.highest(EditorView.theme({ '&.cm-editor': { backgroundColor: 'var(--surface-1)' }, '.cm-gutters': { backgroundColor: 'var(--surface-2)' } }));

/** Python to edit; Ctrl or ⌘ and Enter runs it. Loaded when it is first needed. */
export function CodeEditor({ value, onChange, label, onRun, heights, focused = false }: CodeEditorProps) {
  const scheme = useComputedColorScheme();
  const run = Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => { onRun(); return true; } }]));
  // Without the index, who tests for it takes what scrolls for out of reach of the keyboard.
  const named = EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' });
  return <CodeMirror value={value} onChange={onChange} {...(heights ? { minHeight: `${heights[0]}px`, maxHeight: `${heights[1]}px` } : { height: '260px' })} theme={scheme} autoFocus={focused} extensions={[python(), run, ground, named, EditorView.lineWrapping]} indentWithTab={false} />;
}
