import { Anchor, Button, Group, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { TFunction } from 'i18next';
import { FolderOutput, MessagesSquare } from 'lucide-react';
import type { ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { Ago } from '../../parts/ago.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { useTried } from '../../parts/tried.ts';
import { runPath } from '../train/address.ts';
import { useModelActions } from './actions.ts';
import { adapterPath, modelPath } from './address.ts';
import { ExportDialog, ExportList } from './exports.tsx';
import { nameOf, useCompact } from './figures.ts';
import { Files, PageSkeleton } from './model-page.tsx';
import css from './models.module.css';
import { FactList, PageHead } from './page-head.tsx';

type Adapter = Calls<AppContract>['models.adapter']['output'];

/** One adapter: what it changes, where it comes from, and ways to take it away. */
export function AdapterPage({ folder }: { readonly folder: string }) {
  const { t } = useTranslation();
  const { data, error } = useEngine('models.adapter', { folder });
  const { data: list } = useEngine('models.list', undefined);
  const { ask, train, evaluate } = useModelActions();
  const [exporting, { open, close }] = useDisclosure(false);
  if (error)
    return (
      <div className={css.page}>
        <PageHead name={folder.split(/[/\\]/).at(-1) ?? folder} folder={folder} tags={[]}>
          {null}
        </PageHead>
        <FaultNote error={error} />
      </div>
    );
  if (!data) return <PageSkeleton />;
  const { kind, run, base } = data;
  const usable = data.baseThere && (list?.models.some((model) => model.folder === base) ?? false);
  const row = list?.adapters.find((each) => each.folder === folder);
  return (
    <div className={css.page}>
      <PageHead name={nameOf(t, data)} folder={data.folder} tags={[...(kind === 'full' ? [t('models.list.allWeights')] : []), ...(run ? [] : [t('models.list.brought')]), ...(row?.best ? [t('models.list.best')] : [])]}>
        <Group gap="sm" wrap="nowrap">
          <Button variant="default" leftSection={<FolderOutput size={16} aria-hidden />} onClick={open}>
            {t('models.adapter.export')}
          </Button>
          {kind === 'lora' && (
            <Button variant="default" disabled={!usable} onClick={() => base !== null && train(base, folder, false)}>
              {t('models.page.train')}
            </Button>
          )}
          <Button leftSection={<MessagesSquare size={16} aria-hidden />} disabled={!usable} onClick={() => base !== null && ask(base, folder)}>
            {t('models.page.ask')}
          </Button>
        </Group>
      </PageHead>
      <ExportList />
      <div className={css.columns}>
        <section className={css.section} aria-labelledby="adapter-facts">
          <Title order={2} id="adapter-facts" mb="sm">
            {t('models.adapter.facts')}
          </Title>
          <Facts adapter={data} listed={usable || list === undefined} />
        </section>
        <Files files={data.files} />
      </div>
      {data.siblings.length > 0 && run && (
        <section className={css.section} aria-labelledby="adapter-siblings">
          <Title order={2} id="adapter-siblings" mb="xs">
            {t('models.adapter.siblings')}
          </Title>
          <div className={css.chips}>
            {data.siblings.map(({ folder: each, step }) => (
              <Anchor key={each} href={adapterPath(each)} size="sm" className={css.chip}>
                {t('models.list.step', { step })}
              </Anchor>
            ))}
          </div>
        </section>
      )}
      <section className={css.section} aria-labelledby="adapter-compare">
        <Group justify="space-between" wrap="nowrap">
          <div>
            <Title order={2} id="adapter-compare">
              {t('models.adapter.compare')}
            </Title>
            <Text size="sm" className="faint">
              {t('models.adapter.compareText')}
            </Text>
          </div>
          <Button variant="default" style={{ flex: 'none' }} disabled={!usable} onClick={() => base !== null && evaluate(base, folder)}>
            {t('models.page.evaluate')}
          </Button>
        </Group>
      </section>
      {exporting && <ExportDialog adapter={data} onClose={close} />}
    </div>
  );
}

function Facts({ adapter, listed }: { readonly adapter: Adapter; readonly listed: boolean }) {
  const { t } = useTranslation();
  const compact = useCompact();
  const { lora, parameters, namedBase, run, at } = adapter;
  return (
    <FactList
      facts={[
        [t('models.adapter.base'), <Base key="base" adapter={adapter} listed={listed} />],
        ...(namedBase === null ? [] : [[t('models.adapter.namedBase'), <span key="named" className="foreign">{namedBase}</span>] as const]),
        [t('models.adapter.run'), run ? <><span className="foreign">{t('models.adapter.runText', { run: run.name, step: run.step })}</span> · <Anchor size="sm" href={runPath(run.name)}>{t('models.adapter.curves')}</Anchor></> : t('models.adapter.brought')],
        [t('models.list.made'), <Ago key="at" time={at} />],
        ...(lora ? loraFacts(t, lora) : [[t('models.adapter.targets'), t('models.adapter.allWeights')] as const]),
        [t('models.adapter.parameters'), compact(parameters)],
      ]}
    />
  );
}

function loraFacts(t: TFunction, { rank, alpha, rslora, dropout, targets, modules }: NonNullable<Adapter['lora']>): ComponentProps<typeof FactList>['facts'] {
  const scale = alpha / (rslora ? Math.sqrt(rank) : rank);
  return [
    [t('models.adapter.rank'), String(rank)],
    [t('models.adapter.alpha'), `${t('models.adapter.alphaText', { alpha, scale: Number(scale.toFixed(2)) })}${rslora ? t('models.adapter.rslora') : ''}`],
    ...(dropout > 0 ? [[t('models.adapter.dropout'), String(dropout)] as const] : []),
    [t('models.adapter.targets'), <><span key="targets" className="foreign">{targets.join(', ')}</span> · {t('models.adapter.modules', { count: modules })}</>],
  ];
}

/** The base model; one that is on the disk and not on the list can be opened from here. */
function Base({ adapter: { base, baseName, baseThere }, listed }: { readonly adapter: Adapter; readonly listed: boolean }) {
  const { t } = useTranslation();
  const tried = useTried();
  if (base === null) return t('models.adapter.unknown');
  if (listed) return <Anchor size="sm" href={modelPath(base)}><span className="foreign">{baseName}</span></Anchor>;
  return (
    <>
      <span className="foreign">{base}</span>
      {' · '}
      {baseThere ? (
        <>
          {t('models.adapter.baseUnlisted')}{' '}
          <Anchor component="button" type="button" size="sm" onClick={() => void tried(() => engine.call('models.open', { folder: base }), `models.open ${base}`)}>
            {t('models.adapter.openBase')}
          </Anchor>
        </>
      ) : (
        t('models.adapter.baseAway')
      )}
    </>
  );
}
