import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';

/** Large counts with three digits, as the language shortens them: 3.75B, 37.5亿. */
export function useCompact(): (count: number) => string {
  const { i18n } = useTranslation();
  const format = new Intl.NumberFormat(i18n.language, { notation: 'compact', maximumSignificantDigits: 3 });
  return (count) => format.format(count);
}

export type Named = { readonly name: string; readonly run: { readonly name: string; readonly step: number } | null };

/** What an adapter or a checkpoint is called: by its run and step where it has them. */
export const nameOf = (t: TFunction, { name, run }: Named): string => (run ? `${run.name} · ${t('models.list.step', { step: run.step })}` : name);
