import { Skeleton } from '@mantine/core';
import { FaultNote } from '../../parts/fault-note.tsx';
import css from './rollouts.module.css';

// What stands where rollouts will, or where they cannot be had.

export const Fault = ({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) => (
  <div className={css.fault}>
    <FaultNote error={error} onRetry={onRetry} />
  </div>
);

export const PageSkeleton = () => (
  <div className={css.page}>
    <div className={css.toolbar}>
      <Skeleton height={30} w={640} />
    </div>
    <div className={css.body}>
      <div className={css.list} />
      <div className={css.detail}>
        <DetailSkeleton />
      </div>
    </div>
  </div>
);

export const DetailSkeleton = () => (
  <div className={css.fault}>
    <Skeleton height={88} mb="lg" />
    <Skeleton height={36} mb="lg" />
    <Skeleton height={320} />
  </div>
);
