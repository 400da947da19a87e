import { Anchor, Button, Collapse, Group, Skeleton, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { ChevronDown, ChevronRight, MessagesSquare, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { useEngine } from '../../connection/hooks.ts';
import { engineFault } from '../../i18n/engine-words.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import { bytes, whole } from '../../parts/numbers.ts';
import { ForeignText } from '../../parts/turns/foreign-text.tsx';
import { useModelActions } from './actions.ts';
import { adapterPath } from './address.ts';
import { Copies } from './copies.tsx';
import { useCompact } from './figures.ts';
import { Gpus } from './gpus.tsx';
import { ModelMenu } from './model-list.tsx';
import css from './models.module.css';
import { FactList, PageHead } from './page-head.tsx';
import { Plan } from './plan.tsx';

type Model = Calls<AppContract>['models.inspect']['output'];

/** One model: what it is, what it lacks, what it needs. */
export function ModelPage({ folder }: { readonly folder: string }) {
  const { t } = useTranslation();
  const { data, error } = useEngine('models.inspect', { folder });
  const { ask, train, evaluate } = useModelActions();
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
  const usable = data.missing.length === 0;
  const why = usable ? {} : { title: t('models.page.unusable') };
  const tags = [...(data.origin === null ? [] : [t(`models.list.origins.${data.origin}`)]), ...(data.preferred ? [t('models.list.preferred')] : [])];
  return (
    <div className={css.page}>
      <PageHead name={data.name} folder={data.folder} tags={tags}>
        <Group gap="sm" wrap="nowrap">
          <Button variant="default" disabled={!usable} {...why} onClick={() => evaluate(folder, null)}>
            {t('models.page.evaluate')}
          </Button>
          <Button variant="default" disabled={!usable} {...why} onClick={() => train(folder, null, data.origin === 'builtin')}>
            {t('models.page.train')}
          </Button>
          <Button leftSection={<MessagesSquare size={16} aria-hidden />} disabled={!usable} {...why} onClick={() => ask(folder, null)}>
            {t('models.page.ask')}
          </Button>
          {data.origin !== null && <ModelMenu model={{ ...data, origin: data.origin, there: true }} />}
        </Group>
      </PageHead>
      {data.origin === null && (
        <Text size="sm" className="faint">
          {t('models.page.notListed')}
        </Text>
      )}
      {!usable && <Missing missing={data.missing} />}
      {data.text && <Plan folder={folder} small={data.text.hiddenSize < 512} unit={(data.vision?.patchSize ?? 14) * (data.vision?.mergeSize ?? 2)} gpus={(work) => <Gpus work={work} />} />}
      <div className={css.columns}>
        {data.text && data.vision && (
          <section className={css.section} aria-labelledby="model-facts">
            <Title order={2} id="model-facts" mb="sm">
              {t('models.page.facts')}
            </Title>
            <Facts model={data} />
          </section>
        )}
        <Files files={data.files} surplus={data.surplusTensors} />
      </div>
      {data.chatTemplate && <Template {...data.chatTemplate} />}
      <AdaptersOf folder={folder} />
      <Copies of={folder} />
    </div>
  );
}

export function PageSkeleton() {
  return (
    <div className={css.page}>
      <Skeleton height={72} />
      <Skeleton height={420} />
      <Skeleton height={240} />
    </div>
  );
}

function Missing({ missing }: { readonly missing: Model['missing'] }) {
  const { t } = useTranslation();
  return (
    <section className={`${css.section} ${css.lacking}`} aria-labelledby="model-missing">
      <TriangleAlert size={18} aria-hidden />
      <div style={{ minWidth: 0 }}>
        <Title order={2} id="model-missing">
          {t('models.page.missing')}
        </Title>
        <ul className={css.missing}>
          {missing.map(engineFault).map(({ thing, expected, found, remedy }) => (
            <li key={`${thing} ${expected}`}>
              <div className="foreign">{thing}</div>
              <div className="foreign">{`${t('models.page.expected', { expected })}; ${t('models.page.found', { found })}`}</div>
              <div className="foreign" style={{ fontWeight: 600 }}>
                {remedy}
              </div>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Facts({ model: { text, vision, parameters, dtype } }: { readonly model: Model }) {
  const { t } = useTranslation();
  const compact = useCompact();
  if (!text || !vision) return null;
  return (
    <FactList
      facts={[
        ...(parameters ? [[t('models.facts.parameters'), t('models.facts.parametersText', { total: compact(parameters.total), text: compact(parameters.text), vision: compact(parameters.vision) })] as const] : []),
        [t('models.facts.dtype'), dtype ?? '–'],
        [t('models.facts.text'), t('models.facts.textText', text)],
        [t('models.facts.attention'), t('models.facts.attentionText', text)],
        [t('models.facts.vocabulary'), t('models.facts.vocabularyText', { size: whole(text.vocabSize), head: t(text.tiedHead ? 'models.facts.tied' : 'models.facts.own') })],
        [t('models.facts.context'), t('models.facts.contextText', { count: whole(text.maxPositions) as never })],
        [t('models.facts.vision'), t('models.facts.visionText', vision)],
        [t('models.facts.patches'), t('models.facts.patchesText', { patch: vision.patchSize, merge: vision.mergeSize, side: vision.patchSize * vision.mergeSize })],
        [t('models.facts.windows'), t('models.facts.windowsText', { window: vision.windowSize, count: vision.fullAttentionBlocks.length, depth: vision.depth })],
      ]}
    />
  );
}

export function Files({ files, surplus = 0 }: { readonly files: Model['files']; readonly surplus?: number }) {
  const { t } = useTranslation();
  return (
    <section className={css.section} aria-labelledby="model-files">
      <Title order={2} id="model-files" mb="sm">
        {t('models.page.files')}
      </Title>
      <div className={css.files} tabIndex={files.length > 12 ? 0 : -1} role="group" aria-labelledby="model-files">
        {files.map(({ name, bytes: size }) => (
          <div key={name} className={css.file}>
            <span className="foreign">{name}</span>
            <span>{bytes(size)}</span>
          </div>
        ))}
      </div>
      <div className={css.fileTotal}>
        <span>{t('models.page.fileCount', { count: files.length })}</span>
        <span>{bytes(files.reduce((sum, file) => sum + file.bytes, 0))}</span>
      </div>
      {surplus > 0 && (
        <Text size="xs" className="faint" mt="xs">
          {t('models.page.surplus', { count: surplus })}
        </Text>
      )}
    </section>
  );
}

function Template({ file, text }: { readonly file: string; readonly text: string }) {
  const { t } = useTranslation();
  const [shown, { toggle }] = useDisclosure(false);
  return (
    <section className={css.section} aria-labelledby="model-template">
      <Group justify="space-between">
        <Title order={2} id="model-template">
          {t('models.page.template')}
        </Title>
        <Button variant="subtle" size="compact-sm" aria-expanded={shown} leftSection={shown ? <ChevronDown size={14} /> : <ChevronRight size={14} />} onClick={toggle}>
          {t(shown ? 'models.page.hide' : 'models.page.show')}
        </Button>
      </Group>
      <Text size="sm" className="faint">
        {t('models.page.templateHelp', { file })}
      </Text>
      <Collapse expanded={shown} keepMounted={false}>
        <div className={css.template}>
          <ForeignText text={text} mono characters={20_000} lines={60} />
        </div>
      </Collapse>
    </section>
  );
}

function AdaptersOf({ folder }: { readonly folder: string }) {
  const { t } = useTranslation();
  const { data } = useEngine('models.list', undefined);
  const own = data?.adapters.filter(({ base }) => base === folder) ?? [];
  return (
    <section className={css.section} aria-labelledby="model-adapters">
      <Title order={2} id="model-adapters" mb="xs">
        {t('models.page.adapters')}
      </Title>
      {data && own.length === 0 && (
        <Text size="sm" className="faint">
          {t('models.page.noAdapters')}
        </Text>
      )}
      <div className={css.chips}>
        {own.map(({ folder: each, name, run, best }) => (
          <Anchor key={each} href={adapterPath(each)} size="sm" className={css.chip}>
            <span className="foreign">{run ? `${run.name} · ${t('models.list.step', { step: run.step })}` : name}</span>
            {best && <span className="faint"> · {t('models.list.best')}</span>}
          </Anchor>
        ))}
      </div>
    </section>
  );
}
