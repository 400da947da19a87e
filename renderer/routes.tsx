import { createHashHistory, createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Frame } from './frame/frame.tsx';
import { NotFound } from './frame/not-found.tsx';
import { PageFault } from './frame/page-fault.tsx';
import { readAddress as readAnnotateAddress } from './pages/annotate/address.ts';
import { askForAnnotations } from './pages/annotate/ahead.ts';
import { readAddress } from './pages/datasets/address.ts';
import { askForSamples } from './pages/datasets/ahead.ts';
import { stretchOf } from './pages/train/address.ts';
import { askForRun } from './pages/train/run/curve-data.ts';

// The address holds everything that a page shows: its part, its filters, its selection. Names of runs and evaluations are
// free, so pages that are not one of them stand behind /-/.

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

const fetches: (() => Promise<unknown>)[] = [];

type Search = Record<string, string | number | boolean | undefined>;
type Ahead = (params: Readonly<Record<string, string>>, search: Search) => Promise<unknown>;

/** A page is drawn once, with its data, where the engine answers within this time; else at first without. */
const patienceMs = 80;

/** A page, fetched when it is opened first, or a link to it is pointed at; `ahead` asks for its data meanwhile. Its search parameters are plain text; the page reads what it knows. */
const page = <Path extends string>(path: Path, load: () => Promise<Record<string, unknown>>, name: string, ahead: Ahead = () => Promise.resolve()) => {
  fetches.push(load);
  return createRoute({
    getParentRoute: () => root, path, component: lazyRouteComponent(load as never, name as never), errorComponent: PageFault,
    validateSearch: (search: Record<string, unknown>) => search as Search,
    loader: ({ params, location }) => Promise.race([ahead(params as Readonly<Record<string, string>>, location.search as Search).catch(() => {}), new Promise((resolve) => setTimeout(resolve, patienceMs))]),
  });
};

const tree = root.addChildren([
  page('/', () => import('./pages/home/home.tsx'), 'Home'),
  page('/datasets', () => import('./pages/datasets/datasets.tsx'), 'Datasets', (_, search) => askForSamples(readAddress(search))),
  page('/annotate', () => import('./pages/annotate/annotate.tsx'), 'Annotate', (_, search) => askForAnnotations(readAnnotateAddress(search))),
  page('/train', () => import('./pages/train/train.tsx'), 'Train'),
  page('/train/-/new', () => import('./pages/train/configure/configure.tsx'), 'Configure'),
  page('/train/$run', () => import('./pages/train/run/run-page.tsx'), 'RunPage', ({ run = '' }, search) => askForRun(run, stretchOf(search['steps']))),
  page('/rollouts', () => import('./pages/rollouts/rollouts.tsx'), 'Rollouts'),
  page('/evaluate', () => import('./pages/evaluate/evaluate.tsx'), 'Evaluate'),
  page('/evaluate/-/new', () => import('./pages/evaluate/new/new-evaluation.tsx'), 'NewEvaluation'),
  page('/evaluate/-/import', () => import('./pages/evaluate/import/import-page.tsx'), 'ImportPage'),
  page('/evaluate/-/compare', () => import('./pages/evaluate/compare/compare-page.tsx'), 'ComparePage'),
  page('/evaluate/$name', () => import('./pages/evaluate/one/evaluation-page.tsx'), 'EvaluationPage'),
  page('/playground', () => import('./pages/playground/playground.tsx'), 'Playground'),
  page('/demo', () => import('./pages/demo/demo.tsx'), 'Demo'),
  page('/models', () => import('./pages/models/models.tsx'), 'Models'),
  page('/settings', () => import('./pages/settings/settings.tsx'), 'Settings'),
]);

/** Fetches the code of all pages, one after another while nothing else is to be done: a click then waits for its data alone. */
export async function fetchPages(): Promise<void> {
  for (const load of fetches) {
    await new Promise((resolve) => requestIdleCallback(resolve));
    await load().catch(() => {}); // shown when the page is opened
  }
}

export const router = createRouter({ routeTree: tree, history: createHashHistory(), defaultPreload: 'intent' });

declare module '@tanstack/react-router' {
  // Declaration merging needs an interface.
  interface Register {
    router: typeof router;
  }
}
