import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { errorWords } from '../i18n/engine-words.ts';
import { once } from './once.ts';
import { visibleText } from './turns/visible.ts';

/** Does something, with a word when it fails. @param key What must not be done twice at a time (`once`). */
export type Tried = (work: () => Promise<unknown>, key?: string) => Promise<void>;

export function useTried(): Tried {
  const { t } = useTranslation();
  return async (work, key) => {
    const told = async (): Promise<void> => {
      try {
        await work();
      } catch (error) {
        notifications.show({ color: 'red', title: t('frame.fault.title'), message: visibleText(errorWords(error)), autoClose: 12_000 });
      }
    };
    await (key === undefined ? told() : once(key, told));
  };
}
