import { Button, NumberInput, SegmentedControl, Select, Skeleton, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { CircleCheck, CircleX, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PlannedWork } from '../../../preload/contract/models.ts';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { useEngine } from '../../connection/hooks.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import { bytes } from '../../parts/numbers.ts';
import { useParameters } from '../train/address.ts';
import { useCompact } from './figures.ts';
import css from './models.module.css';
import { PlanPicture } from './plan-picture.tsx';

type Planned = Calls<AppContract>['models.plan']['output'];
export type Remedy = Calls<AppContract>['models.fit']['output'];
type Figures = Omit<PlannedWork, 'folder'>;

const providers = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
const schemes = ['', 'int4', 'int4-block64', 'int4-block128', 'int8'] as const;

/** What is usually asked of a model of this size; a tiny one has tiny images. */
const usual = (small: boolean): Figures => ({ provider: 'cpu', quantize: '', imagePixels: small ? 3136 : 401_408, words: small ? 128 : 512, completionTokens: small ? 64 : 256, group: 8, slots: 0, train: '', rank: 16 });

const bounds = { imagePixels: [0, 20_000_000], words: [1, 100_000], completionTokens: [1, 32_768], group: [1, 128], slots: [0, 128], rank: [1, 512] } as const;
const numbers = Object.keys(bounds) as readonly (keyof typeof bounds)[];

/** The figures in the address, over what is usual. */
function useFigures(small: boolean): readonly [Figures, (change: Partial<Figures>) => void] {
  const [read, write] = useParameters();
  const first = usual(small);
  const number = (name: keyof typeof bounds): number => {
    const [least, most] = bounds[name];
    const value = read(name) === '' ? first[name] : Math.round(Number(read(name)));
    return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : first[name];
  };
  const figures: Figures = {
    provider: providers.find((name) => name === read('provider')) ?? first.provider,
    quantize: schemes.find((name) => name === read('quantize')) ?? first.quantize,
    train: read('train') === 'lora' ? 'lora' : read('train') === 'full' ? 'full' : '',
    ...(Object.fromEntries(numbers.map((name) => [name, number(name)])) as Pick<Figures, keyof typeof bounds>),
  };
  return [figures, (change) => write(Object.fromEntries(Object.entries(change).map(([name, value]) => [name, value === first[name as keyof Figures] ? undefined : String(value)])))];
}

/** A form of what is to run, and a picture of where the memory goes. */
export function Plan({ folder, small, unit, gpus }: { readonly folder: string; readonly small: boolean; readonly unit: number; readonly gpus: (work: PlannedWork) => ReactNode }) {
  const { t } = useTranslation();
  const [figures, change] = useFigures(small);
  const [work] = useDebouncedValue<PlannedWork>({ folder, ...figures }, 300);
  const { data, error } = useEngine('models.plan', work, { keepPrevious: true });
  return (
    <>
      <section className={css.section} aria-labelledby="model-plan">
        <Title order={2} id="model-plan">
          {t('models.plan.title')}
        </Title>
        <Text size="sm" className="faint" mb="md">
          {t('models.plan.text')}
        </Text>
        <div className={css.plan}>
          <PlanForm figures={figures} change={change} unit={unit} />
          <div className={css.picture} aria-live="polite">
            {error ? <FaultNote error={error} /> : data ? <Outcome work={work} plan={data} change={change} /> : <Skeleton height={420} aria-label={t('models.plan.working')} />}
          </div>
        </div>
      </section>
      {gpus(work)}
    </>
  );
}

function PlanForm({ figures, change, unit }: { readonly figures: Figures; readonly change: (change: Partial<Figures>) => void; readonly unit: number }) {
  const { t } = useTranslation();
  const training = figures.train !== '';
  const number = (name: keyof typeof bounds, label: string, step: number, description?: string) => (
    <NumberInput label={label} description={description} size="sm" step={step} min={bounds[name][0]} max={bounds[name][1]} value={figures[name]} thousandSeparator=" " allowDecimal={false} allowNegative={false} clampBehavior="blur" onChange={(value) => value !== '' && change({ [name]: Number(value) })} />
  );
  const tokens = Math.round(figures.imagePixels / unit ** 2);
  return (
    <div className={css.planForm}>
      <SegmentedControl fullWidth aria-label={t('models.plan.what')} value={training ? 'learn' : 'answer'} onChange={(what) => change({ train: what === 'learn' ? 'lora' : '' })} data={[{ value: 'answer', label: t('models.plan.answer') }, { value: 'learn', label: t('models.plan.learn') }]} />
      <Select label={t('models.plan.provider')} value={figures.provider} allowDeselect={false} onChange={(next) => change({ provider: next as Figures['provider'] })} data={providers.map((value) => ({ value, label: t(`models.plan.providers.${value}`) }))} />
      <Select label={t('models.plan.quantize')} disabled={figures.train === 'full'} value={figures.train === 'full' ? '' : figures.quantize} allowDeselect={false} onChange={(next) => change({ quantize: next as Figures['quantize'] })} data={schemes.map((value) => ({ value, label: t(`models.plan.schemes.${value === '' ? 'none' : value}`) }))} />
      {training && <Select label={t('models.plan.parameters')} value={figures.train} allowDeselect={false} onChange={(next) => change({ train: next as Figures['train'] })} data={[{ value: 'lora', label: t('models.plan.lora') }, { value: 'full', label: t('models.plan.full') }]} />}
      {figures.train === 'lora' && number('rank', t('models.plan.rank'), 8)}
      {number('imagePixels', t('models.plan.pixels'), 50_176, figures.imagePixels === 0 ? t('models.plan.noImage') : t('models.plan.pixelsHelp', { tokens, side: Math.round(Math.sqrt(figures.imagePixels)) }))}
      {number('words', t('models.plan.words'), 64)}
      {number('completionTokens', t('models.plan.completion'), 64)}
      {number('group', t(training ? 'models.plan.groupTrain' : 'models.plan.group'), 1)}
      {training && number('slots', t('models.plan.slots'), 1, t('models.plan.slotsHelp'))}
    </div>
  );
}

type Verdict = 'fits' | 'tight' | 'over' | 'device';

const marks = { fits: CircleCheck, tight: TriangleAlert, over: CircleX, device: Info } as const;

const verdictOf = ({ where, peakBytes, machine: { total, free } }: Planned): Verdict => (where === 'device' ? 'device' : peakBytes > total ? 'over' : peakBytes > free ? 'tight' : 'fits');

function Outcome({ work, plan, change }: { readonly work: PlannedWork; readonly plan: Planned; readonly change: (change: Partial<Figures>) => void }) {
  const { t } = useTranslation();
  const compact = useCompact();
  const verdict = verdictOf(plan);
  const Mark = marks[verdict];
  const { peakBytes, processBytes, machine, trained } = plan;
  const wanting = verdict === 'over' || verdict === 'tight';
  const fit = useEngine('models.fit', { ...work, bytes: verdict === 'over' ? machine.total : Math.max(machine.free, 1) }, { enabled: verdict === 'over' });
  const key = verdict === 'device' && processBytes === null ? 'deviceTrain' : verdict;
  return (
    <>
      <div className={css.verdict} data-verdict={verdict}>
        <Mark size={18} aria-hidden />
        <span>{t(`models.plan.${key}`, { peak: bytes(peakBytes), free: bytes(machine.free), total: bytes(machine.total), process: bytes(processBytes ?? 0) })}</span>
      </div>
      <PlanPicture plan={plan} />
      {trained !== null && (
        <Text size="sm" className="faint">
          {t('models.plan.trained', { count: compact(trained) as never })}
        </Text>
      )}
      {wanting && verdict === 'over' && (fit.error ? <FaultNote error={fit.error} /> : fit.data ? <RemedyList remedy={fit.data} change={change} /> : <Text size="sm" className="faint" role="status">{t('models.plan.looking')}</Text>)}
    </>
  );
}

/** Changes that go together, with what they come to, and a way to make them in the form. */
export function RemedyList({ remedy: { changes, peakBytes, fits }, change }: { readonly remedy: Remedy; readonly change: ((change: Partial<Figures>) => void) | undefined }) {
  const { t } = useTranslation();
  if (changes.length === 0) return null;
  return (
    <div className={css.remedy}>
      <Text size="sm">{t(fits ? 'models.plan.remedy' : 'models.plan.noRemedy', { peak: bytes(peakBytes) })}</Text>
      <ul>
        {changes.map(({ setting, value }) => (
          <li key={setting}>{t(`models.plan.changes.${setting}`, { value })}</li>
        ))}
      </ul>
      {change && (
        <Button size="compact-sm" variant="default" onClick={() => change(Object.fromEntries(changes.map(({ setting, value }) => [setting, value])))}>
          {t('models.plan.apply')}
        </Button>
      )}
    </div>
  );
}
