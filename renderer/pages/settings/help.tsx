import { Button, CopyButton, Group } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { saveFile } from '../../parts/save-file.ts';
import { useTried } from '../../parts/tried.ts';
import { Section } from './section.tsx';
import css from './settings.module.css';

/** A report that can be read before it is sent. */
export function Help() {
  const { t } = useTranslation();
  const [report, setReport] = useState<string>();
  const tried = useTried();
  return (
    <Section id="help" title={t('settings.help.title')} help={t('settings.help.text')}>
      {report === undefined ? (
        <Button variant="default" size="compact-md" onClick={() => void tried(async () => setReport(await engine.call('settings.diagnostics', undefined)), 'settings.diagnostics')}>
          {t('settings.help.action')}
        </Button>
      ) : (
        <>
          <pre className={`${css.report} foreign`} tabIndex={0} aria-label={t('settings.help.report')}>
            {report}
          </pre>
          <Group gap="sm">
            <Button size="compact-md" onClick={() => saveFile('arft-studio-report.txt', new Blob([report], { type: 'text/plain' }))}>
              {t('settings.help.save')}
            </Button>
            <CopyButton value={report}>
              {({ copied, copy }) => (
                <Button variant="default" size="compact-md" onClick={copy}>
                  {t(copied ? 'settings.help.copied' : 'settings.help.copy')}
                </Button>
              )}
            </CopyButton>
          </Group>
        </>
      )}
    </Section>
  );
}
