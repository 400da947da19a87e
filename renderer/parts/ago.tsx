import { useTranslation } from 'react-i18next';

const units = [['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3600], ['minute', 60]] as const;

/** How long ago it was; the exact time on hover. */
export function Ago({ time }: { readonly time: string | null }) {
  const { i18n } = useTranslation();
  if (time === null) return <span>–</span>;
  const date = new Date(time);
  const seconds = (date.getTime() - Date.now()) / 1000;
  const [unit, size] = units.find(([, each]) => Math.abs(seconds) >= each) ?? (['second', 1] as const);
  const words = new Intl.RelativeTimeFormat(i18n.language, { numeric: 'auto' }).format(Math.round(seconds / size), unit);
  return (
    <time dateTime={time} title={date.toLocaleString(i18n.language)}>
      {words}
    </time>
  );
}
