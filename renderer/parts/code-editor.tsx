import { python } from '@codemirror/lang-python';
import { useComputedColorScheme } from '@mantine/core';
import CodeMirror, { EditorView, Prec, keymap } from '@uiw/react-codemirror';

type CodeEditorProps = { readonly value: string; readonly onChange: (value: string) => void; readonly label: string; readonly onRun: () => void };

/** Python to edit; Ctrl or ⌘ and Enter runs it. Loaded when it is first needed. */
export function CodeEditor({ value, onChange, label, onRun }: CodeEditorProps) {
  const scheme = useComputedColorScheme();
  const run = Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => { onRun(); return true; } }]));
  return <CodeMirror value={value} onChange={onChange} height="260px" theme={scheme} extensions={[python(), run, EditorView.contentAttributes.of({ 'aria-label': label }), EditorView.lineWrapping]} indentWithTab={false} />;
}
