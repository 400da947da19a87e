import { Skeleton } from '@mantine/core';
import type { RefObject } from 'react';
import { FaultNote } from '../../parts/fault-note.tsx';
import { DeskBar } from './desk-bar.tsx';
import { EditDesk } from './edit/edit-desk.tsx';
import type { Opened } from './edit/use-editor.ts';
import { ReviewDesk } from './review/review-desk.tsx';
import type { Ways } from './use-ways.ts';
import { samePerson } from './who.ts';
import css from './workplace.module.css';

type DeskProps = { readonly dataset: number; readonly opened: Opened | undefined; readonly error: unknown; readonly me: string; readonly ways: Ways; readonly flush: RefObject<() => Promise<boolean>> };

/** The sample that is open: under review where somebody else submitted it, else to be written. */
export function Desk({ dataset, opened, error, me, ways, flush }: DeskProps) {
  if (opened && me !== '') {
    const { ordinal, annotation: { state, annotator } } = opened;
    const key = `${ordinal}-${me}`;
    return state === 'submitted' && !samePerson(me, annotator) ? <ReviewDesk key={key} dataset={dataset} opened={opened} me={me} ways={ways} /> : <EditDesk key={key} dataset={dataset} opened={opened} me={me} ways={ways} flush={flush} />;
  }
  return (
    <div className={css.desk}>
      <DeskBar opened={undefined} ways={ways} said="" />
      <div className={css.panes}>
        <div className={css.waiting}>{error ? <FaultNote error={error} /> : <Skeleton height="60%" />}</div>
        <div className={css.form}>
          <Skeleton height={26} />
          <Skeleton height={64} mt={20} />
          <Skeleton height={36} mt={20} />
        </div>
      </div>
    </div>
  );
}
