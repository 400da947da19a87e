import { getHotkeyHandler } from '@mantine/hooks';
import type { KeyboardEvent } from 'react';
import type { PageKey } from '../../frame/page-keys.ts';

const isField = (target: EventTarget): target is HTMLElement => target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

/** Keys that work inside of fields too, where the page's keys rest; Escape leaves the field. For the capture of a part of the page. */
export function useFieldKeys(keys: readonly PageKey[]): (event: KeyboardEvent) => void {
  return (event) => {
    const { target } = event;
    if (!isField(target)) return;
    if (event.key === 'Escape' && target.getAttribute('aria-expanded') !== 'true') target.blur();
    getHotkeyHandler(keys.flatMap(({ keys: each, act }) => each.map((key): [string, (event: globalThis.KeyboardEvent) => void] => [key, (pressed) => {
      event.stopPropagation();
      act(pressed);
    }])))(event as KeyboardEvent<HTMLElement>);
  };
}
