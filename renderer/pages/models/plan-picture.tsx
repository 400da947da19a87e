import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { lineColour, useChartColours } from '../../charts/colours.ts';
import { bytes } from '../../parts/numbers.ts';
import css from './models.module.css';

type Planned = Calls<AppContract>['models.plan']['output'];
type Part = Planned['parts'][number];

const kinds = ['weights', 'trained', 'caches', 'activations', 'programs'] as const;
const gibibyte = 1024 ** 3;
const cards = [12, 16, 24];

/** Parts of a kind have its colour, each a little paler than the one before. */
const shade = (colour: string, i: number): string => `color-mix(in srgb, ${colour} ${Math.max(40, 100 - 20 * i)}%, var(--surface-1))`;

/** A bar of the parts against what there is, and the parts in words by their kinds. */
export function PlanPicture({ plan }: { readonly plan: Planned }) {
  const { t } = useTranslation();
  const colours = useChartColours();
  const { where, parts, peakBytes, machine } = plan;
  const nameOf = ({ name }: Part): string => t(`models.plan.parts.${name}` as never, { defaultValue: name });
  const groups = kinds.flatMap((kind, i) => {
    const own = parts.filter((part) => part.kind === kind).map((part, j) => ({ ...part, title: nameOf(part), colour: shade(lineColour(colours, i), j) }));
    return own.length === 0 ? [] : [{ kind, parts: own, bytes: own.reduce((sum, part) => sum + part.bytes, 0) }];
  });
  const lines = where === 'memory'
    ? [{ at: machine.free, row: 'above', words: t('models.plan.free', { size: bytes(machine.free) }) }, { at: machine.total, row: 'below', words: t('models.plan.machine', { size: bytes(machine.total) }) }]
    : cards.map((gib) => ({ at: gib * gibibyte, row: 'below', words: t('models.plan.gpu', { gib }) }));
  const scale = 1.04 * Math.max(peakBytes, where === 'memory' ? machine.total : Math.min(24 * gibibyte, Math.max(12 * gibibyte, 2 * peakBytes)));
  const seen = lines.filter(({ at }) => at <= scale);
  const words = groups.flatMap((group) => group.parts).map(({ title, bytes: size }) => t('models.plan.part', { name: title, size: bytes(size) })).join(t('frame.marks.comma'));
  return (
    <div>
      <div className={css.scale} role="img" aria-label={t('models.plan.bar', { parts: words })}>
        <div className={css.bar}>
          {groups.flatMap((group) => group.parts).map(({ name, title, bytes: size, colour }) => (
            <span key={name} style={{ width: `${(100 * size) / scale}%`, background: colour }} title={t('models.plan.part', { name: title, size: bytes(size) })} />
          ))}
        </div>
        {seen.map(({ at, row, words: label }) => {
          const place = (100 * at) / scale;
          return (
            <span key={label} className={css.line} style={{ left: `${place}%` }}>
              <span data-row={row} data-side={place > 80 ? 'left' : place < 20 ? 'right' : 'middle'}>{label}</span>
            </span>
          );
        })}
      </div>
      <div className={css.legend}>
        {groups.map((group) => (
          <div key={group.kind} className={css.legendGroup}>
            <div className={css.legendHead}>
              <span>{t(`models.plan.kinds.${group.kind}`)}</span>
              <span>{bytes(group.bytes)}</span>
              <span>{group.bytes < 0.01 * peakBytes ? t('models.plan.small') : t('models.plan.share', { percent: Math.round((100 * group.bytes) / peakBytes) })}</span>
            </div>
            {group.parts.map(({ name, title, bytes: size, colour }) => (
              <div key={name} className={css.legendPart}>
                <span className={css.dot} style={{ background: colour }} aria-hidden />
                <span className="foreign">{title}</span>
                <span>{bytes(size)}</span>
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
