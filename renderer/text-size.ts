/** Sizes of the text in percent. */
export const textSizes = [90, 100, 115, 130] as const;

const kept = 'arft-text-size';

export function textSize(): number {
  const size = Number(localStorage.getItem(kept));
  return textSizes.find((each) => each === size) ?? 100;
}

/** The whole window is scaled, so that pictures and distances fit the text. `--text-size`: for heights in vh, which are scaled with it. */
export function applyTextSize(): void {
  document.documentElement.style.setProperty('zoom', `${textSize()}%`);
  document.documentElement.style.setProperty('--text-size', String(textSize() / 100));
}

export function chooseTextSize(size: number): void {
  localStorage.setItem(kept, String(size));
  applyTextSize();
}
