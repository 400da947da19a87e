import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en/en.ts';
import { speakOfEngine } from './engine-words.ts';

export type Language = 'en' | 'zh';

const kept = 'arft-language';

/** The words of the whole app; a file for each part, the same keys in each language. */
export type Words = typeof en;

declare module 'i18next' {
  // Declaration merging needs an interface.
  interface CustomTypeOptions {
    defaultNS: 'en';
    resources: { en: Words };
    returnNull: false;
  }
}

const wanted = (): Language => (localStorage.getItem(kept) ?? navigator.language).startsWith('zh') ? 'zh' : 'en';

/** Chromium under LANG=C calls its language en-US@posix, which is no tag to Intl; charts ask for it as they are loaded. */
function mendLanguageTag(): void {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en-US' });
  }
}

/** English comes with the first page; 中文 is fetched when it is wanted. */
export async function startLanguage(): Promise<void> {
  mendLanguageTag();
  await i18next.use(initReactI18next).init({ lng: 'en', fallbackLng: 'en', resources: { en: { en } }, defaultNS: 'en', fallbackNS: 'en', interpolation: { escapeValue: false } });
  await speak(wanted());
}

export async function speak(language: Language): Promise<void> {
  const engine = language === 'zh' ? import('./zh/engine/engine.ts') : undefined;
  if (language === 'zh' && !i18next.hasResourceBundle('zh', 'en')) i18next.addResourceBundle('zh', 'en', (await import('./zh/zh.ts')).zh);
  speakOfEngine((await engine)?.engineChinese);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

/** Speaks it, now and from now on. */
export function chooseLanguage(language: Language): void {
  localStorage.setItem(kept, language);
  void speak(language);
}
