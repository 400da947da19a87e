import { useParameters } from '../train/address.ts';
import { AdapterPage } from './adapter-page.tsx';
import { ModelList } from './model-list.tsx';
import { ModelPage } from './model-page.tsx';

/** Everything that is known, or the one model or adapter that the address names. */
export function Models() {
  const [read] = useParameters();
  const model = read('model');
  const adapter = read('adapter');
  if (model !== '') return <ModelPage key={model} folder={model} />;
  return adapter === '' ? <ModelList /> : <AdapterPage key={adapter} folder={adapter} />;
}
