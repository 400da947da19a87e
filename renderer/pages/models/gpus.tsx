import { Text, Title } from '@mantine/core';
import { CircleCheck, CircleX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PlannedWork } from '../../../preload/contract/models.ts';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { useEngine } from '../../connection/hooks.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import { bytes } from '../../parts/numbers.ts';
import css from './models.module.css';
import { RemedyList } from './plan.tsx';

type Card = Calls<AppContract>['models.gpus']['output'][number];

const sizes = [12, 16, 24];

/** What cards of usual sizes could do with the same work; each answer comes as it is worked out. */
export function Gpus({ work }: { readonly work: PlannedWork }) {
  const { t } = useTranslation();
  return (
    <section className={css.section} aria-labelledby="model-gpus">
      <Title order={2} id="model-gpus">
        {t('models.gpus.title')}
      </Title>
      <Text size="sm" className="faint" mb="sm">
        {t('models.gpus.text')}
      </Text>
      <div className={css.cards}>
        {sizes.map((size) => (
          <GpuCard key={size} work={work} size={size} />
        ))}
      </div>
    </section>
  );
}

function GpuCard({ work, size }: { readonly work: PlannedWork; readonly size: number }) {
  const { t } = useTranslation();
  const { data, error } = useEngine('models.gpus', { ...work, gib: [size] });
  const card = data?.[0];
  return (
    <div className={css.card} data-train={work.train !== ''}>
      <Title order={3} mb={4}>
        {t('models.gpus.card', { gib: size })}
      </Title>
      {error ? (
        <FaultNote error={error} />
      ) : card ? (
        <Outcome card={card} />
      ) : (
        <Text size="sm" className="faint" role="status">
          {t('models.gpus.looking')}
        </Text>
      )}
    </div>
  );
}

function Outcome({ card: { usableBytes, peakBytes, fits, remedy, quantize, groups } }: { readonly card: Card }) {
  const { t } = useTranslation();
  const Mark = fits ? CircleCheck : CircleX;
  return (
    <>
      <div className={css.verdict} data-verdict={fits ? 'fits' : 'over'}>
        <Mark size={16} aria-hidden />
        <span>{t(fits ? 'models.gpus.fits' : 'models.gpus.over', { peak: bytes(peakBytes), usable: bytes(usableBytes) })}</span>
      </div>
      {remedy && <RemedyList remedy={remedy} change={undefined} />}
      {groups.length > 0 && (
        <div>
          <Text size="sm" fw={600}>
            {t(quantize === '' ? 'models.gpus.groups' : 'models.gpus.groupsQuantized')}
          </Text>
          {groups.map(({ completionTokens, group }) => (
            <div key={completionTokens} className={css.file}>
              <span>{t('models.gpus.length', { count: completionTokens })}</span>
              <span>{group === 0 ? t('models.gpus.no') : t('models.gpus.upTo', { count: group })}</span>
            </div>
          ))}
        </div>
      )}
    </>
  );
}
