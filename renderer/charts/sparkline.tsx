/** A curve in the height of a line of text. */
export function Sparkline({ values, width = 96, height = 20, label }: { readonly values: readonly number[] | undefined; readonly width?: number; readonly height?: number; readonly label: string }) {
  if (!values || values.length < 2) return <svg width={width} height={height} aria-hidden />;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const points = values.map((value, i) => `${((i * (width - 2)) / (values.length - 1) + 1).toFixed(1)},${(height - 3 - ((height - 6) * (value - low)) / Math.max(1e-9, high - low)).toFixed(1)}`);
  return (
    <svg width={width} height={height} role="img" aria-label={label}>
      <polyline points={points.join(' ')} fill="none" stroke="var(--mantine-primary-color-filled)" strokeWidth={1.5} strokeLinejoin="round" />
    </svg>
  );
}
