import { Button, Select, Textarea } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { Search } from 'lucide-react';
import { type Ref, useEffect, useImperativeHandle, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { engine } from '../../../connection/engine.ts';
import { useEngine } from '../../../connection/hooks.ts';
import { sendKeys } from '../../../frame/keys.ts';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { ForeignText } from '../../../parts/turns/foreign-text.tsx';
import { firstLine, visibleText } from '../../../parts/turns/visible.ts';
import { useHeldText } from '../edit/use-held-text.ts';
import { Key } from '../key.tsx';
import { informationOf } from './chain.ts';
import css from './chain.module.css';
import type { Runs } from './code-step.tsx';
import { type StepProps, bodyId } from './step-fields.tsx';

type Passages = Calls<AppContract>['annotate.search']['output']['passages'];

/** A query, asked of what the agent searches in; the passages that are chosen become what later steps see. */
export function SearchStep({ i, step, onChange, runs }: StepProps & { readonly runs: Ref<Runs> }) {
  const { t } = useTranslation();
  const { corpus, choose, choices } = useCorpus();
  const [found, setFound] = useState<Passages>();
  const [chosen, setChosen] = useState<readonly number[]>([]);
  const [asking, setAsking] = useState(false);
  const [fault, setFault] = useState<unknown>();
  // The engine keeps it without the space around it.
  const [information, hold] = useHeldText(step.information, (text) => text, (text) => text.trim());
  const query = step.body.trim();
  // Pressed before it is known what there is to search in: asked as soon as it is.
  const [wanted, want] = useState(false);
  const ask = async (): Promise<void> => {
    if (asking || query === '') return;
    want(corpus === '');
    if (corpus === '') return;
    setAsking(true);
    setFault(undefined);
    try {
      setFound((await engine.call('annotate.search', { corpus, query })).passages);
      setChosen([]);
    } catch (error) {
      setFault(error);
    } finally {
      setAsking(false);
    }
  };
  useImperativeHandle(runs, () => ({ run: () => void ask() }));
  useEffect(() => {
    if (wanted && corpus !== '') void ask();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wanted, corpus]);
  const toggle = (passage: number): void => {
    const next = chosen.includes(passage) ? chosen.filter((each) => each !== passage) : [...chosen, passage].toSorted((a, b) => a - b);
    setChosen(next);
    onChange({ information: informationOf(next.flatMap((each) => found?.[each] ?? [])) });
  };
  return (
    <>
      <Textarea size="xs" id={bodyId(i)} aria-label={t('annotate.chain.query', { number: i + 1 })} placeholder={t('annotate.chain.queryPlaceholder')} value={step.body} autosize minRows={1} maxRows={4} onChange={({ currentTarget: { value } }) => onChange({ body: value })} />
      <div className={css.row}>
        <Button size="compact-sm" variant="light" leftSection={<Search size={13} aria-hidden />} rightSection={<Key keys={sendKeys} />} disabled={asking || query === '' || corpus === ''} onClick={() => void ask()}>
          {t(asking ? 'annotate.chain.asking' : 'annotate.chain.ask')}
        </Button>
        <Select size="xs" flex={1} miw={160} maw={280} aria-label={t('annotate.chain.corpus')} value={corpus === '' ? null : corpus} data={choices} allowDeselect={false} onChange={(next) => choose(next ?? '')} />
      </div>
      {fault !== undefined && <FaultNote error={fault} />}
      {found && (
        <fieldset className={css.passages}>
          <legend>{t(found.length === 0 ? 'turns.noPassages' : 'annotate.chain.choosePassages')}</legend>
          {found.map(({ title, text }, passage) => (
            <div key={passage} className={css.passage}>
              <input type="checkbox" className="row-box" data-passage={passage + 1} aria-label={t('annotate.chain.passage', { number: passage + 1, title: visibleText(firstLine(title === '' ? text : title, 80)) })} checked={chosen.includes(passage)} onChange={() => toggle(passage)} />
              <div>
                <div className={css.passageHead}>
                  {title !== '' && <ForeignText text={title} characters={200} lines={2} className={css.strong} />}
                  {passage < 9 && <Key keys={`Alt ${passage + 1}`} />}
                </div>
                <ForeignText text={text} characters={400} lines={5} />
              </div>
            </div>
          ))}
        </fieldset>
      )}
      <Textarea size="xs" className={css.information} aria-label={t('annotate.chain.information', { number: i + 1 })} placeholder={t('annotate.chain.informationPlaceholder')} value={information} autosize minRows={1} maxRows={8} onChange={({ currentTarget: { value } }) => onChange({ information: hold(value) })} />
    </>
  );
}

/** What can be searched in, and what was chosen last. */
function useCorpus() {
  const { t } = useTranslation();
  const [kept, choose] = useLocalStorage({ key: 'arft-annotate-corpus', defaultValue: '', getInitialValueInEffect: false });
  const { data } = useEngine('playground.choices', undefined);
  const { data: web } = useEngine('settings.web', undefined);
  const own = (data?.corpora ?? []).filter((name) => !name.startsWith('passages-'));
  const choices = [...own.map((name) => ({ value: name, label: visibleText(name) })), { value: 'mini:777', label: t('playground.setup.miniCorpus') }, ...(web?.on ? [{ value: 'web', label: t('playground.setup.web') }] : [])];
  const corpus = data ? (choices.find(({ value }) => value === kept) ?? choices[0])?.value ?? '' : '';
  return { corpus, choose, choices };
}
