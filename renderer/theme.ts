import { type MantineColorsTuple, createTheme } from '@mantine/core';
import i18next from 'i18next';

const accent: MantineColorsTuple = ['#eef3fe', '#dbe5fb', '#b4c8f5', '#8aa9ef', '#6690ea', '#4f80e7', '#2a5fd0', '#2454bb', '#1c4aa8', '#113f95'];
const neutral: MantineColorsTuple = ['#f8f9fa', '#f1f3f5', '#e7eaee', '#d9dde3', '#c2c8d0', '#98a1ad', '#677180', '#4b5462', '#343b47', '#1f242d'];
/** Dark enough for white words on it. */
const red: MantineColorsTuple = ['#fdecea', '#f9d6d3', '#f3b0aa', '#ec867e', '#e4645a', '#d6473d', '#b3261e', '#9c2019', '#851a14', '#6d1510'];
const night: MantineColorsTuple = ['#d5d9e0', '#b3b9c4', '#9299a6', '#6b7280', '#3c434f', '#313742', '#262b34', '#1c2028', '#16191f', '#101318'];

/** Neutral surfaces, one accent, a 4-pixel grid. Kinds of turn and the scale of rewards are in styles.css. */
export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 6, dark: 6 },
  autoContrast: true,
  colors: { accent, gray: neutral, dark: night, red },
  fontFamily: 'system-ui, "Segoe UI", Roboto, "Noto Sans", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Code", "DejaVu Sans Mono", "Noto Sans Mono", monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  defaultRadius: 6,
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '22px', lineHeight: '1.3' }, h2: { fontSize: '16px', lineHeight: '1.4' }, h3: { fontSize: '14px', lineHeight: '1.4' } } },
  cursorType: 'pointer',
  components: {
    Modal: { defaultProps: { padding: 'lg' } },
    // Read when the provider is drawn, which is after the language is known.
    Notification: { defaultProps: { closeButtonProps: { get 'aria-label'() { return i18next.t('frame.shortcuts.close'); } } } },
  },
});
