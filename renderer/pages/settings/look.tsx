import { Group, SegmentedControl, Text, useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Language, chooseLanguage } from '../../i18n/i18n.ts';
import { chooseTextSize, textSize, textSizes } from '../../text-size.ts';
import { Section } from './section.tsx';

/** Language, colours and size of the text: of this window's browser, not of the engine. */
export function Look() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Section id="look" title={t('settings.look.title')}>
      <Group gap="xl" align="flex-start">
        <div>
          <Text size="sm" fw={500} mb={4} id="settings-language">
            {t('settings.look.language')}
          </Text>
          <SegmentedControl aria-labelledby="settings-language" value={i18n.language} onChange={(language) => chooseLanguage(language as Language)} data={[{ value: 'en', label: 'English' }, { value: 'zh', label: '中文' }]} />
        </div>
        <div>
          <Text size="sm" fw={500} mb={4} id="settings-colours">
            {t('settings.look.colours')}
          </Text>
          <SegmentedControl aria-labelledby="settings-colours" value={colorScheme} onChange={(scheme) => setColorScheme(scheme as typeof colorScheme)} data={(['light', 'dark', 'auto'] as const).map((value) => ({ value, label: t(`settings.look.${value}`) }))} />
        </div>
        <div>
          <Text size="sm" fw={500} mb={4} id="settings-size">
            {t('settings.look.size')}
          </Text>
          <SegmentedControl aria-labelledby="settings-size" defaultValue={String(textSize())} onChange={(size) => chooseTextSize(Number(size))} data={textSizes.map((size) => ({ value: String(size), label: `${size} %` }))} />
        </div>
      </Group>
    </Section>
  );
}
