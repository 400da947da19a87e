import { ActionIcon, Button, Checkbox, Group, Menu, SegmentedControl, Skeleton, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { ClipboardCheck, FileInput, Plus, Scale, Search, Table2, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../connection/hooks.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { list, unlist, useParameters } from '../train/address.ts';
import { type EvaluationActions, useEvaluationActions } from './actions.tsx';
import { BenchmarkTable } from './benchmark-table.tsx';
import css from './evaluate.module.css';
import { type Group as Rows, groupsOf, readScorer } from './rows.ts';
import { tableCsv, tableJson, tableMarkdown } from './table-text.ts';

/** How many rows are asked for. */
const most = 500;

/** All evaluations beside the published ones, a table for each benchmark. */
export function Evaluate() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [read, write] = useParameters();
  const actions = useEvaluationActions();
  const [text, setText] = useState(read('text'));
  const writeText = useDebouncedCallback((next: string) => write({ text: next }), 200);
  const scorer = readScorer(read('scorer'));
  const chosen = list(read('chosen'));
  const { data, error, refetch } = useEngine('evaluations.list', { text: read('text'), scorer, limit: most }, { keepPrevious: true });
  if (error && !data) return <div className={css.page}><FaultNote error={error} onRetry={() => void refetch()} /></div>;
  if (data?.total === 0 && read('text') === '') {
    return (
      <EmptyState
        icon={ClipboardCheck}
        title={t('evaluate.empty.title')}
        text={t('evaluate.empty.text')}
        action={
          <Group gap="sm">
            <Button component="a" href="#/evaluate/-/new?benchmark=mat-mini">{t('evaluate.empty.action')}</Button>
            <Button component="a" variant="default" href="#/evaluate/-/import">{t('evaluate.empty.import')}</Button>
          </Group>
        }
      />
    );
  }
  const groups = groupsOf(data?.rows ?? []);
  const choose = (names: readonly string[]): void => write({ chosen: unlist(names) });
  return (
    <div className={css.page}>
      <h1 className="unseen">{t('frame.nav.evaluate')}</h1>
      <div className={css.toolbar}>
        {chosen.length === 0 ? (
          <>
            <TextInput
              aria-label={t('evaluate.find')}
              placeholder={t('evaluate.find')}
              leftSection={<Search size={14} />}
              value={text}
              flex="1 1 180px" maw={260}
              rightSection={text !== '' && <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('evaluate.clear')} onClick={() => { setText(''); write({ text: '' }); }}><X size={14} /></ActionIcon>}
              onChange={({ currentTarget: { value } }) => {
                setText(value);
                writeText(value);
              }}
            />
            <ScorerChoice value={read('scorer')} onChange={(next) => write({ scorer: next })} />
            <div className={css.space} />
            <TableMenu groups={groups} actions={actions} />
            <Button variant="default" component="a" href="#/evaluate/-/import" leftSection={<FileInput size={14} />}>{t('evaluate.import')}</Button>
            <Button leftSection={<Plus size={14} />} component="a" href="#/evaluate/-/new">{t('evaluate.new')}</Button>
          </>
        ) : (
          <>
            <Checkbox size="xs" ml={13} aria-label={t('evaluate.chooseNone')} checked indeterminate onChange={() => choose([])} />
            <Text fw={600}>{t('evaluate.chosen', { count: chosen.length })}</Text>
            <Button leftSection={<Scale size={14} />} disabled={chosen.length < 2} onClick={() => void navigate({ to: '/evaluate/-/compare', search: { names: unlist(chosen), ...(scorer !== null && { scorer }) } as never })}>{t('evaluate.compare')}</Button>
            <TableMenu groups={groupsOf((data?.rows ?? []).filter(({ name }) => chosen.includes(name)))} actions={actions} />
            <Button variant="default" color="red" leftSection={<Trash2 size={14} />} onClick={() => void actions.remove(chosen, () => choose([]))}>{t('evaluate.delete')}</Button>
            <div className={css.space} />
            <Button variant="subtle" onClick={() => choose([])}>{t('evaluate.cancel')}</Button>
          </>
        )}
      </div>
      {!data && <Skeleton height={220} />}
      {data && groups.length === 0 && <Text className="faint" ta="center" py={64}>{t('evaluate.nothingFound')}</Text>}
      {groups.map((group) => <BenchmarkTable key={group.benchmark} group={group} chosen={chosen} scorer={scorer} actions={actions} onChoose={(name, on) => choose(on ? [...chosen, name] : chosen.filter((each) => each !== name))} />)}
      {data && data.total > data.rows.length && <Text className="faint" size="sm">{t('evaluate.most', { shown: data.rows.length, total: data.total })}</Text>}
    </div>
  );
}

/** By which scorer figures are counted. */
export function ScorerChoice({ value, onChange }: { readonly value: string; readonly onChange: (next: string) => void }) {
  const { t } = useTranslation();
  return (
    <div className={css.scorer}>
      <span className="faint">{t('evaluate.countedBy')}</span>
      <SegmentedControl
        size="xs"
        aria-label={t('evaluate.countedBy')}
        value={readScorer(value) ?? 'own'}
        onChange={(next) => onChange(next === 'own' ? '' : next)}
        data={(['own', 'paper', 'standard'] as const).map((each) => ({ value: each, label: <span title={t(`evaluate.scorerHelp.${each}`)}>{t(`evaluate.scorer.${each}`)}</span> }))}
      />
    </div>
  );
}

function TableMenu({ groups, actions }: { readonly groups: readonly Rows[]; readonly actions: EvaluationActions }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<Table2 size={14} />} disabled={groups.length === 0}>{t('evaluate.table.button')}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void actions.copy(tableMarkdown(groups))}>{t('evaluate.table.copyMd')}</Menu.Item>
        <Menu.Item onClick={() => actions.save('evaluations.md', tableMarkdown(groups), 'md')}>{t('evaluate.table.saveMd')}</Menu.Item>
        <Menu.Item onClick={() => actions.save('evaluations.csv', tableCsv(groups), 'csv')}>{t('evaluate.table.saveCsv')}</Menu.Item>
        <Menu.Item onClick={() => actions.save('evaluations.json', tableJson(groups), 'json')}>{t('evaluate.table.saveJson')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
