import { ActionIcon, Button, Menu, Progress } from '@mantine/core';
import { Copy, Download, Ellipsis, Play, RotateCcw, Square, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { engineWords } from '../../i18n/engine-words.ts';
import { Ago } from '../../parts/ago.tsx';
import { MiddleCut } from '../../parts/middle-cut.tsx';
import { duration, whole } from '../../parts/numbers.ts';
import { RowBox } from '../../parts/row-box.tsx';
import { visibleText } from '../../parts/turns/visible.ts';
import type { EvaluationActions } from './actions.tsx';
import css from './evaluate.module.css';
import { type Published, published, titleOf } from './published.ts';
import { type Group, type Part, type Row, type Scorer, evaluationPath, one, policyWords, two } from './rows.ts';

type BenchmarkTableProps = { readonly group: Group; readonly chosen: readonly string[]; /** For all rows, where one was chosen. */ readonly scorer: Scorer | null; readonly actions: EvaluationActions; readonly onChoose: (name: string, on: boolean) => void };

/** The evaluations of a benchmark as rows, its parts as columns; what was published stands below them. */
export function BenchmarkTable({ group: { benchmark, rows, parts }, chosen, scorer, actions, onChoose }: BenchmarkTableProps) {
  const { t } = useTranslation();
  const reference = published.filter((each) => each.benchmark === benchmark);
  return (
    <section className={css.group} aria-label={titleOf(benchmark)}>
      <h2 className={css.groupTitle}>{titleOf(benchmark)}</h2>
      <div className={css.tableBox}>
        <table className={css.table}>
          <thead>
            <tr>
              <th rowSpan={2} className={css.box} aria-label={t('evaluate.compare')} />
              <th rowSpan={2} className={css.policyHead}>{t('evaluate.columns.policy')}</th>
              {parts.map((part) => <th key={part} colSpan={2} className={css.partHead}><PartName name={part} /></th>)}
              {(['n', 'unanswered', 'invalid', 'tools'] as const).map((column) => <th key={column} rowSpan={2} className={`${css.number} ${column === 'n' ? css.edge : ''}`} title={t(`evaluate.columnHelp.${column}`)}>{t(`evaluate.columns.${column}`)}</th>)}
              <th rowSpan={2} className={css.acts} aria-label={t('evaluate.open')} />
            </tr>
            <tr>
              {parts.flatMap((part) => [<th key={`${part} f1`} className={css.measure} data-first>F1</th>, <th key={`${part} em`} className={css.measure}>EM</th>])}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => <EvaluationLine key={row.name} row={row} parts={parts} asked={scorer} chosen={chosen.includes(row.name)} actions={actions} onChoose={(on) => onChoose(row.name, on)} />)}
            {reference.map((each) => <PublishedLine key={each.name} published={each} parts={parts} />)}
          </tbody>
        </table>
      </div>
      {reference.length > 0 && <p className={css.note}>{t('evaluate.publishedHelp')}</p>}
    </section>
  );
}

const partNames = ['all', 'simple', 'hard', 'test', 'validation', 'train'] as const;

/** A part of a benchmark by its name; those of other people's files as they are. */
export function PartName({ name }: { readonly name: string }) {
  const { t } = useTranslation();
  const known = partNames.find((each) => each === name);
  return <span className={known ? undefined : 'foreign'}>{known ? t(`evaluate.part.${known}`) : visibleText(name)}</span>;
}

type LineProps = { readonly row: Row; readonly parts: readonly string[]; readonly asked: Scorer | null; readonly chosen: boolean; readonly actions: EvaluationActions; readonly onChoose: (on: boolean) => void };

function EvaluationLine({ row, parts, asked, chosen, actions, onChoose }: LineProps) {
  const { t } = useTranslation();
  const { name, policy, mode, data, scorer, invalid, toolUse, origin, startedAt } = row;
  const [all] = row.parts;
  return (
    <tr className={css.line} data-state={row.state} data-chosen={chosen || undefined}>
      <td className={css.box}>
        <RowBox label={t('evaluate.choose', { name })} checked={chosen} onChange={onChoose} />
      </td>
      <td className={css.policyCell}>
        <a href={evaluationPath(name)} className="foreign row-name">{visibleText(policyWords(policy).name)}</a>
        <div className={css.facts}>
          <span className={css.fixed}>
            {origin === 'imported' ? t('evaluate.imported') : t(`evaluate.mode.${mode}`)}
            {' · '}
            {asked === null && <span title={t(`evaluate.scorerHelp.${scorer}`)}>{t(`evaluate.scorer.${scorer}`)}{' · '}</span>}
            <Ago time={startedAt} />
            {' · '}
          </span>
          <MiddleCut text={visibleText(data)} />
        </div>
        <Progressing row={row} actions={actions} />
      </td>
      {parts.flatMap((part) => {
        const figures = row.parts.find((each) => each.name === part);
        return [<Figure key={`${part} f1`} part={figures} measure="f1" first strong={part === 'all'} />, <Figure key={`${part} em`} part={figures} measure="em" strong={part === 'all'} />];
      })}
      <td className={`${css.number} ${css.edge}`}>{all ? whole(all.n) : '–'}</td>
      <td className={css.number}>{all ? whole(all.unanswered) : '–'}</td>
      <td className={css.number} data-warn={invalid > 0 || undefined}>{whole(invalid)}</td>
      <td className={css.number}>{toolUse === null ? '–' : `${Math.round(toolUse)} %`}</td>
      <td className={css.acts}>
        <Acts row={row} actions={actions} />
      </td>
    </tr>
  );
}

function Figure({ part, measure, first = false, strong = false }: { readonly part: Part | undefined; readonly measure: 'f1' | 'em'; readonly first?: boolean; readonly strong?: boolean }) {
  const { t } = useTranslation();
  if (!part) return <td className={css.figure} data-first={first || undefined}><span className="faint">–</span></td>;
  const { mean, low, high } = part[measure];
  return (
    <td className={css.figure} data-first={first || undefined} title={`${two(mean)} % · ${t('evaluate.columnHelp.interval')} ${two(low)}–${two(high)}`}>
      <span data-strong={strong || undefined}>{one(mean)}</span>
      <small>{`${one(low)}–${one(high)}`}</small>
    </td>
  );
}

/** How far it is, where it is not done; what went wrong, where something did. */
function Progressing({ row, actions }: { readonly row: Row; readonly actions: EvaluationActions }) {
  const { t } = useTranslation();
  const { name, state, done, total, secondsLeft, failure } = row;
  if (state === 'finished') return null;
  if (state === 'starting') return <div className={css.progress} role="status">{t('evaluate.justStarted')}</div>;
  if (state === 'failed') return <div className={css.failed}>{t('evaluate.one.failed')}{t('frame.marks.colon')}<span className="foreign">{visibleText(engineWords(failure ?? '').slice(0, 300))}</span></div>;
  if (state === 'stopped') return <div className={css.progress}>{t('evaluate.stoppedAfter', { done, total })}</div>;
  return (
    <div className={css.progress} role="status">
      <Progress value={(100 * done) / Math.max(1, total)} size={4} w={96} aria-label={t('evaluate.progress', { done, total })} />
      <span>{t('evaluate.progress', { done: whole(done), total: whole(total) })}</span>
      {actions.stopping === name ? <span>{t('evaluate.stopping')}</span> : secondsLeft !== null && <span>{t('evaluate.left', { time: duration(secondsLeft) })}</span>}
    </div>
  );
}

/** What can be done with one evaluation. */
export function Acts({ row, actions, after, wide = false }: { readonly row: Row; readonly actions: EvaluationActions; /** When it is gone. */ readonly after?: () => void; readonly wide?: boolean }) {
  const { t } = useTranslation();
  const { name, state, origin, invalid, parts } = row;
  const live = state === 'running' || state === 'starting';
  const goesOn = origin === 'app' && (state === 'stopped' || state === 'failed');
  return (
    <>
      {live && <Quick label={t('evaluate.stop')} wide={wide} disabled={actions.stopping === name} icon={<Square size={13} />} onClick={() => void actions.stop(name)} />}
      {goesOn && <Quick label={t('evaluate.resume')} wide={wide} icon={<Play size={14} />} onClick={() => void actions.resume(name)} />}
      {!live && origin === 'app' && invalid > 0 && <Quick label={t('evaluate.retry', { count: invalid })} wide={wide} icon={<RotateCcw size={14} />} onClick={() => void actions.resume(name, true)} />}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant={wide ? 'default' : 'subtle'} color="gray" size={wide ? 30 : 'md'} aria-label={t('evaluate.more', { name })}><Ellipsis size={16} /></ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {parts.length > 0 && (
            <>
              <Menu.Item leftSection={<Copy size={14} />} onClick={() => void actions.copyReport(name)}>{t('evaluate.copyReport')}</Menu.Item>
              <Menu.Item leftSection={<Download size={14} />} onClick={() => void actions.saveReport(name, 'md')}>{t('evaluate.saveMd')}</Menu.Item>
              <Menu.Item leftSection={<Download size={14} />} onClick={() => void actions.saveReport(name, 'csv')}>{t('evaluate.saveCsv')}</Menu.Item>
              <Menu.Item leftSection={<Download size={14} />} onClick={() => void actions.saveReport(name, 'json')}>{t('evaluate.saveJson')}</Menu.Item>
              <Menu.Divider />
            </>
          )}
          <Menu.Item color="red" disabled={live} leftSection={<Trash2 size={14} />} onClick={() => void actions.remove([name], after)}>{t('evaluate.delete')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

function Quick({ label, icon, wide, disabled = false, onClick }: { readonly label: string; readonly icon: React.ReactNode; readonly wide: boolean; readonly disabled?: boolean; readonly onClick: () => void }) {
  return wide
    ? <Button size="xs" variant="default" leftSection={icon} disabled={disabled} onClick={onClick}>{label}</Button>
    : <ActionIcon variant="subtle" color="gray" disabled={disabled} aria-label={label} title={label} onClick={onClick}>{icon}</ActionIcon>;
}

function PublishedLine({ published: { name, n, source, parts: figures }, parts }: { readonly published: Published; readonly parts: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <tr className={css.reference}>
      <td className={css.box} />
      <td className={css.policyCell}>
        {name}
        <div className={css.facts} title={t('evaluate.publishedBy', { source })}>{t('evaluate.published')}{' · '}{source.split(', ').find((each) => each.startsWith('arXiv'))}</div>
      </td>
      {parts.flatMap((part) => (['f1', 'em'] as const).map((measure) => <td key={`${part} ${measure}`} className={css.figure} data-first={measure === 'f1' || undefined}>{figures[part] ? two(figures[part][measure]) : '–'}</td>))}
      <td className={`${css.number} ${css.edge}`}>{whole(n)}</td>
      <td className={css.number}>–</td>
      <td className={css.number}>–</td>
      <td className={css.number}>–</td>
      <td />
    </tr>
  );
}
