import { useComputedColorScheme } from '@mantine/core';

// Colours of lines that the colour-blind can tell apart, at 4.5:1 or more on the surface that they stand on.
const lines = {
  light: ['#2a5fd0', '#b34d12', '#0b7285', '#6b3fc4', '#7d6200', '#a1326f', '#4b5462'],
  dark: ['#86aef7', '#f0985c', '#5cc4d6', '#b79af5', '#d9bd4e', '#ef8fc0', '#b3b9c4'],
} as const;
const inks = { light: { text: '#5f6875', grid: '#e7eaee', surface: '#ffffff' }, dark: { text: '#98a1ad', grid: '#262b34', surface: '#181c23' } } as const;

export type ChartColours = { readonly lines: readonly string[]; readonly text: string; readonly grid: string; readonly surface: string };

/** Colours for a canvas, which knows no tokens; on paper they are the light ones. */
export const paperColours: ChartColours = { lines: lines.light, ...inks.light };

export function useChartColours(): ChartColours {
  const scheme = useComputedColorScheme('light');
  return scheme === 'dark' ? { lines: lines.dark, ...inks.dark } : paperColours;
}

export const lineColour = ({ lines: all }: ChartColours, i: number): string => all[i % all.length] as string;
