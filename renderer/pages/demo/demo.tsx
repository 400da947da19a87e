import { Button, Group, PasswordInput, Text } from '@mantine/core';
import { useBlocker, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { errorWords } from '../../i18n/engine-words.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { imageAddress } from '../../parts/image-address.ts';
import { imagesBefore } from '../../parts/turns/trajectory-turns.tsx';
import { visibleText } from '../../parts/turns/visible.ts';
import { useSetup } from '../playground/setup.ts';
import css from './demo.module.css';
import { Story } from './story.tsx';
import { type Playing, useStand } from './use-stand.ts';

/** A stand's screen: large tiles, one episode at a time, a loop when nobody is there. Esc and the pin lead out. */
export function Demo() {
  const { data } = useEngine('playground.demo', undefined);
  return data ? <Stand {...data} /> : null;
}

type StandProps = { readonly title: string; readonly examples: readonly { readonly title: string; readonly asked: string }[]; readonly idleSeconds: number; readonly live: boolean; readonly locked: boolean };

function Stand({ title, examples, idleSeconds, live, locked }: StandProps) {
  const { t } = useTranslation();
  const [setup] = useSetup();
  const { playing, play, stop } = useStand({ examples, idleSeconds, live, setup });
  const { leave, leaving, stay, out } = useWayOut(locked);
  return (
    <div className={css.stand} onContextMenu={(event) => event.preventDefault()}>
      <div className={css.heading}>{playing ? <span className="foreign">{visibleText(playing.question.slice(0, 200))}</span> : title || t('playground.demo.namePlaceholder')}</div>
      {playing ? (
        <Play playing={playing} />
      ) : (
        <div className={css.tiles}>
          {examples.map(({ title: name, asked }, i) => (
            <Tile key={asked} name={name} asked={asked} onPlay={() => play(i)} />
          ))}
          {examples.length === 0 && <p className="faint">{t('playground.demo.noExamples')}</p>}
        </div>
      )}
      <div className={css.foot}>
        <span>{playing?.looping ? t('playground.demo.touch') : playing || examples.length === 0 ? '' : t('playground.demo.choose')}</span>
        {playing && !playing.looping && (
          <Button size="lg" variant="default" onClick={stop}>
            {t('playground.demo.back')}
          </Button>
        )}
        <Button size="compact-sm" variant="transparent" color="gray" onClick={leave}>
          {t('playground.demo.leave')}
        </Button>
      </div>
      {leaving && <PinEntry onClose={stay} onRight={out} />}
    </div>
  );
}

function Tile({ name, asked, onPlay }: { readonly name: string; readonly asked: string; readonly onPlay: () => void }) {
  const { data } = useEngine('playground.get', { id: asked });
  const address = data?.images[0] === undefined ? undefined : imageAddress(data.images[0], 512);
  return (
    <button type="button" className={css.tile} onClick={onPlay}>
      {address !== undefined && <img src={address} alt="" onLoad={markSmall} />}
      <span className="foreign">{visibleText(name)}</span>
    </button>
  );
}

/** Pixels of a small picture stay sharp. */
const markSmall = ({ currentTarget }: React.SyntheticEvent<HTMLImageElement>): void => void currentTarget.toggleAttribute('data-small', currentTarget.naturalWidth < 200);

/** The picture as it is now beside what the agent says and does. */
function Play({ playing: { images, scene } }: { readonly playing: Playing }) {
  // What a turn after the last one would work on.
  const now = imagesBefore([...scene.turns, ...scene.turns.slice(-1)], images[0]).at(-1) ?? images[0];
  const address = now === undefined ? undefined : imageAddress(now);
  return (
    <div className={css.play}>
      <div className={css.picture}>{address !== undefined && <img key={address} src={address} alt="" onLoad={markSmall} />}</div>
      <Story scene={scene} />
    </div>
  );
}

/** Leaving asks for the pin where there is one; until then the page cannot be left by other ways of the window either. */
function useWayOut(locked: boolean): { readonly leave: () => void; readonly leaving: boolean; readonly stay: () => void; readonly out: () => void } {
  const navigate = useNavigate();
  const [leaving, setLeaving] = useState(false);
  const open = useRef(false);
  useBlocker({ shouldBlockFn: () => locked && !open.current, enableBeforeUnload: locked });
  const out = (): void => {
    open.current = true;
    if (document.fullscreenElement) void document.exitFullscreen();
    void navigate({ to: '/playground' });
  };
  const leave = (): void => (locked ? setLeaving(true) : out());
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') leave();
    };
    globalThis.addEventListener('keydown', key);
    return () => globalThis.removeEventListener('keydown', key);
  });
  return { leave, leaving, stay: () => setLeaving(false), out };
}

function PinEntry({ onClose, onRight }: { readonly onClose: () => void; readonly onRight: () => void }) {
  const { t } = useTranslation();
  const [pin, setPin] = useState('');
  const [fault, setFault] = useState('');
  const tryPin = async (): Promise<void> => {
    const { right, waitSeconds } = await engine.call('playground.unlock', { pin });
    setPin('');
    if (right) onRight();
    else setFault([t('playground.demo.wrongPin'), ...(waitSeconds > 0 ? [t('playground.demo.wait', { seconds: waitSeconds })] : [])].join(' '));
  };
  return (
    <Dialog onClose={onClose} title={t('playground.demo.leave')} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          tryPin().catch((error: unknown) => setFault(visibleText(errorWords(error))));
        }}
      >
        <PasswordInput label={t('playground.demo.pin')} inputMode="numeric" maxLength={12} value={pin} onChange={({ currentTarget: { value } }) => setPin(value)} data-autofocus />
        <Group justify="space-between" mt="md">
          <Text size="sm" c="red" role="alert">
            {fault}
          </Text>
          <Button type="submit">{t('playground.demo.leave')}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
