import { Box, ClipboardCheck, Database, House, type LucideIcon, MessagesSquare, Route, Settings, SquarePen, TrendingUp } from 'lucide-react';

/** The parts of the app, in the order of the rail; `key` follows g on the keyboard. */
export const parts = [
  { name: 'home', path: '/', icon: House, key: 'h' },
  { name: 'datasets', path: '/datasets', icon: Database, key: 'd' },
  { name: 'annotate', path: '/annotate', icon: SquarePen, key: 'a' },
  { name: 'train', path: '/train', icon: TrendingUp, key: 't' },
  { name: 'rollouts', path: '/rollouts', icon: Route, key: 'r' },
  { name: 'evaluate', path: '/evaluate', icon: ClipboardCheck, key: 'e' },
  { name: 'playground', path: '/playground', icon: MessagesSquare, key: 'p' },
  { name: 'models', path: '/models', icon: Box, key: 'm' },
  { name: 'settings', path: '/settings', icon: Settings, key: 's' },
] as const satisfies readonly { readonly name: string; readonly path: string; readonly icon: LucideIcon; readonly key: string }[];
