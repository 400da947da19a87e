import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';

export type FormatName = NonNullable<Calls<AppContract>['datasets.export']['input']['format']>;

const names: Readonly<Record<FormatName, true>> = { samples: true, 'mat-coding': true, 'mat-search': true, 'mat-coding-training': true, 'mat-search-training': true, flashrag: true, chat: true };

export const formatNames = Object.keys(names) as readonly FormatName[];

export const isFormatName = (name: string): name is FormatName => Object.hasOwn(names, name);
