import { Modal, type ModalProps } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

/** A dialog for as long as it is mounted. However it is closed, the focus goes back to what opened it. */
export function Dialog(props: Omit<ModalProps, 'opened' | 'returnFocus'>) {
  const { t } = useTranslation();
  useFocusBack();
  return <Modal opened returnFocus={false} closeButtonProps={{ 'aria-label': t('frame.shortcuts.close') }} {...props} />;
}

// Mantine's own return watches `opened` change, which a dialog that is unmounted while open never does.
function useFocusBack(): void {
  const [places] = useState(placesOfOpener);
  useEffect(() => () => giveBack(places), [places]);
}

/** Where the focus may return to, the best first: the control that opened, the heading over it, and in `giveBack` the page's. */
function placesOfOpener(): readonly HTMLElement[] {
  const focused = document.activeElement;
  // An item of a menu goes with its menu, whose button stays.
  const menu = focused?.closest('[role="menu"]');
  const opener = menu ? document.getElementById(menu.getAttribute('aria-labelledby') ?? '') : focused;
  if (!(opener instanceof HTMLElement) || opener === document.body) return [];
  return [opener, ...(opener.closest('section')?.querySelectorAll<HTMLElement>('h1, h2') ?? [])];
}

function giveBack(places: readonly HTMLElement[]): void {
  if (!isLost()) return;
  const page = document.querySelectorAll<HTMLElement>('#page h1, #page');
  for (const place of [...places, ...[...page].toReversed()]) {
    if (!place.isConnected) continue;
    if (/^H\d$/.test(place.tagName)) place.tabIndex = -1;
    place.focus({ preventScroll: true });
    if (document.activeElement === place) break;
  }
  // What was done in the dialog may take its opener away a moment later, or switch it off.
  const kept = document.activeElement;
  if (kept === null || kept === document.body) return;
  const watch = new MutationObserver(() => {
    if (kept.isConnected && !kept.matches(':disabled')) return;
    watch.disconnect();
    giveBack(places);
  });
  watch.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });
  document.addEventListener('focusin', () => watch.disconnect(), { once: true });
}

const isLost = (): boolean => {
  const { activeElement } = document;
  return activeElement === null || activeElement === document.body || activeElement.matches(':disabled');
};
