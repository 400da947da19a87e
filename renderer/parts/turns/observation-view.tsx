import { Check, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Observation, Passage } from '../../../main/records/trajectory.ts';
import { ImageCompare } from '../image-compare.tsx';
import { ImageFigure } from '../image-figure.tsx';
import { duration } from '../numbers.ts';
import { ForeignText } from './foreign-text.tsx';
import css from './turns.module.css';
import { visibleText } from './visible.ts';

/** What the world answered. It is drawn as what it is: not the model's words, and not learnt from. */
export function ObservationView({ observation, image }: { readonly observation: Observation; readonly image?: string | undefined }) {
  const { t } = useTranslation();
  switch (observation.kind) {
    case 'code':
      return <CodeResult observation={observation} image={image} />;
    case 'information': {
      const { passages } = observation;
      return (
        <World by={t('turns.world.search')} aside={t('turns.passages', { count: passages.length })}>
          {passages.length === 0 && <div className={css.faint}>{t('turns.noPassages')}</div>}
          {passages.map((passage, i) => (
            <PassageView key={i} passage={passage} />
          ))}
        </World>
      );
    }
    case 'notice':
      return (
        <World by={t('turns.world.environment')}>
          <ForeignText text={observation.text} />
        </World>
      );
  }
}

/** A frame for what a tool or the environment wrote. */
function World({ by, aside, children, failed = false }: { readonly by: string; readonly aside?: ReactNode; readonly children: ReactNode; readonly failed?: boolean }) {
  return (
    <div className={css.world} data-failed={failed || undefined}>
      <div className={css.worldHead}>
        <span>{by}</span>
        <span className={css.aside}>{aside}</span>
      </div>
      {children}
    </div>
  );
}

function CodeResult({ observation: { status, stdout, stderr, outputs, ms }, image }: { readonly observation: Extract<Observation, { kind: 'code' }>; readonly image?: string | undefined }) {
  const { t } = useTranslation();
  const ok = status === 'ok';
  const last = outputs.at(-1);
  const aside = (
    <>
      <span className={css.status} data-failed={!ok || undefined}>
        {ok ? <Check size={13} aria-hidden /> : <X size={13} aria-hidden />}
        {useStatus()(status)}
      </span>
      <span>{duration(ms / 1000)}</span>
    </>
  );
  return (
    <World by={t('turns.world.sandbox')} aside={aside} failed={!ok}>
      {last && (image === undefined ? <ImageFigure reference={last.image} name={visibleText(last.name)} /> : <ImageCompare before={image} after={last.image} captions={['', `${last.width} × ${last.height}`]} />)}
      {outputs.length > 1 && (
        <>
          <div className={css.label}>{t('turns.otherOutputs')}</div>
          <div className={css.outputs}>
            {outputs.slice(0, -1).map(({ name, image: reference }, i) => (
              <ImageFigure key={i} reference={reference} name={visibleText(name)} side={72} />
            ))}
          </div>
        </>
      )}
      {stdout !== '' && (
        <>
          <div className={css.label}>{t('turns.stdout')}</div>
          <ForeignText text={stdout} mono lines={12} className={css.paper} />
        </>
      )}
      {stderr !== '' && (
        <>
          <div className={css.label}>{t(ok ? 'turns.stderr' : 'turns.error')}</div>
          <Trace text={stderr} failed={!ok} />
        </>
      )}
      {ok && outputs.length === 0 && stdout === '' && stderr === '' && <div className={css.faint}>{t('turns.noOutput')}</div>}
    </World>
  );
}

/** An error's last line says what happened; the way to it is folded. */
function Trace({ text, failed }: { readonly text: string; readonly failed: boolean }) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(false);
  const lines = text.trimEnd().split('\n');
  if (!failed || whole || lines.length <= 2) return <ForeignText text={text.trimEnd()} mono lines={30} className={failed ? css.failure : css.paper} />;
  return (
    <>
      <ForeignText text={lines.at(-1) ?? ''} mono className={css.failure} />
      <button type="button" className={css.more} onClick={() => setWhole(true)}>
        {t('turns.wholeError', { count: lines.length })}
      </button>
    </>
  );
}

function PassageView({ passage: { title, text, url, score } }: { readonly passage: Passage }) {
  const { t } = useTranslation();
  return (
    <article className={css.passage}>
      <div className={css.passageHead}>
        <ForeignText text={title} characters={200} lines={2} className={css.passageTitle} />
        {score !== undefined && <span className={css.faint} title={t('turns.scoreHelp')}>{score.toFixed(2)}</span>}
      </div>
      <ForeignText text={text} characters={400} lines={6} />
      {/* An address is text too: nothing here leads out of the app. */}
      {url !== undefined && <ForeignText text={url} characters={200} lines={1} className={css.url} />}
    </article>
  );
}

/** How code ended, in words. */
function useStatus(): (status: string) => string {
  const { t } = useTranslation();
  return (status) => {
    const [word = '', value = ''] = status.split(' ');
    switch (word) {
      case 'ok':
      case 'wall_timeout':
      case 'cpu_limit':
      case 'killed_oom':
      case 'output_flood':
      case 'disk_flood':
      case 'seccomp_kill':
      case 'image_too_long':
        return t(`turns.status.${word}`);
      case 'exit':
      case 'signal':
        return t(`turns.status.${word}`, { value: visibleText(value) });
      default:
        return visibleText(status);
    }
  };
}
