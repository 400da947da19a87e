import { useTranslation } from 'react-i18next';

/** Large counts with three digits, as the language shortens them: 3.75B, 37.5亿. */
export function useCompact(): (count: number) => string {
  const { i18n } = useTranslation();
  const format = new Intl.NumberFormat(i18n.language, { notation: 'compact', maximumSignificantDigits: 3 });
  return (count) => format.format(count);
}
