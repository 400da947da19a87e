import { writeFileSync } from 'node:fs';
import sharp from 'sharp';

// Drawn from shapes alone: text would need a font of the machine.
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="420" height="308" viewBox="0 0 420 308">
  <rect width="420" height="308" fill="#cfe3f5"/>
  <circle cx="340" cy="64" r="34" fill="#f5c542"/>
  <path d="M0 220 L90 120 L170 210 L250 100 L420 240 V308 H0 Z" fill="#6b8f71"/>
  <rect x="150" y="150" width="120" height="78" rx="8" fill="#2b4c7e" stroke="#fff" stroke-width="5"/>
  <rect x="204" y="228" width="12" height="60" fill="#555"/>
  <path d="M178 170 h24 v38 h-24 z M226 170 h24 v16 h-24 z M226 186 h8 v22 h-8 z" fill="#fff"/>
</svg>`;

/** Writes the picture that the quickstart looks at: a sign in a landscape, 420 × 308 pixels, PNG. */
export async function writeSamplePicture(file: string): Promise<void> {
  writeFileSync(file, await sharp(Buffer.from(drawing)).png().toBuffer());
}
