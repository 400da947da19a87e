import { Box, Button, Card, SimpleGrid, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Recent } from './recent.tsx';

const cards = [
  { name: 'quickstart', href: '#/train/-/new?preset=quickstart' },
  { name: 'model', href: '#/models?open=true' },
  { name: 'dataset', href: '#/datasets?import=true' },
] as const;

/** The first page: three ways to begin. */
export function Home() {
  const { t } = useTranslation();
  return (
    <Box p="xl" maw={1080} mx="auto" pt={48}>
      <Title order={1}>{t('home.title')}</Title>
      <Text className="faint" size="lg" mb={32}>
        {t('home.lead')}
      </Text>
      <SimpleGrid type="container" cols={{ base: 1, '640px': 3 }} spacing="lg">
        {cards.map(({ name, href }, i) => (
          <Card key={name} withBorder padding="xl" style={{ display: 'flex' }}>
            <Title order={2}>{t(`home.${name}.title`)}</Title>
            <Text mt="sm" mb="xl" className="faint" style={{ flex: 1 }}>
              {t(`home.${name}.text`)}
            </Text>
            <Button component="a" href={href} variant={i === 0 ? 'filled' : 'default'} fullWidth>
              {t(`home.${name}.action`)}
            </Button>
          </Card>
        ))}
      </SimpleGrid>
      <Recent />
    </Box>
  );
}
