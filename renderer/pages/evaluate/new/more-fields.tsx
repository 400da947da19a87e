import { Button, Collapse, Group, NumberInput, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FormProps } from './draft.ts';

/** What is seldom another: sampling, limits of an episode, the split. */
export function MoreFields({ form, change }: FormProps) {
  const { t } = useTranslation();
  const [more, { toggle }] = useDisclosure(false);
  const drawn = form.data.startsWith('mini:');
  return (
    <>
      <Button variant="subtle" color="gray" size="compact-sm" justify="flex-start" px={0} w="fit-content" leftSection={more ? <ChevronDown size={16} /> : <ChevronRight size={16} />} onClick={toggle} aria-expanded={more}>{t('evaluate.form.more')}</Button>
      <Collapse expanded={more}>
        <Group grow align="flex-start">
          <NumberInput label={t('evaluate.form.temperature')} min={0} max={2} step={0.1} decimalScale={2} value={form.temperature} onChange={(value) => change({ temperature: Number(value) })} />
          <NumberInput label={t('evaluate.form.maxNewTokens')} min={1} max={100_000} allowDecimal={false} value={form.maxNewTokens} onChange={(value) => change({ maxNewTokens: Math.max(1, Number(value)) })} />
          <NumberInput label={t('evaluate.form.steps')} min={1} max={64} allowDecimal={false} value={form.steps} onChange={(value) => change({ steps: Math.max(1, Number(value)) })} />
          <NumberInput label={t('evaluate.form.samplingSeed')} min={0} max={2_147_483_647} allowDecimal={false} value={form.seed} onChange={(value) => change({ seed: Math.max(0, Number(value)) })} />
          {!drawn && <TextInput label={t('evaluate.form.split')} value={form.split} onChange={({ currentTarget: { value } }) => change({ split: value === '' ? 'test' : value })} />}
        </Group>
      </Collapse>
    </>
  );
}
