import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { exportFile } from '../../../main/data/export.ts';
import { ImageStore } from '../../../main/data/image-store.ts';
import { ImageImport } from '../../../main/data/images.ts';
import { type Imported, importFile } from '../../../main/data/import.ts';
import type { Fault } from '../../../main/data/row-import.ts';
import type { Sample } from '../../../main/records/sample.ts';

/** A folder of a test's own, with an image store and pictures a.png, b.png, c.png in it. */
export class DataFolder {
  readonly path = mkdtempSync(path.join(os.tmpdir(), 'arft-data-'));
  readonly store = new ImageStore(path.join(this.path, 'store'));

  async pictures(...names: readonly string[]): Promise<void> {
    for (const [i, name] of names.entries()) {
      const bytes = await sharp({ create: { width: 4 + i, height: 4, channels: 3, background: { r: 20 * i, g: 90, b: 200 } } }).png().toBuffer();
      writeFileSync(path.join(this.path, name), bytes);
    }
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(path.join(this.path, name), content);
    return path.join(this.path, name);
  }

  async import(file: string, images = true): Promise<Imported & { readonly records: readonly Sample[]; readonly faults: readonly Fault[] }> {
    const records: Sample[] = [];
    const faults: Fault[] = [];
    const imported = await importFile(file, { sample: (sample) => void records.push(JSON.parse(JSON.stringify(sample)) as Sample), fault: (fault) => void faults.push(fault) }, { keepText: true, ...(images && { images: new ImageImport(this.store, this.path) }) });
    return { ...imported, records, faults };
  }

  /** What an export of an import writes. */
  async roundTrip(name: string, content: string | Uint8Array, images = false): Promise<{ readonly written: Buffer; readonly records: readonly Sample[]; readonly faults: readonly Fault[] }> {
    const { records, faults, layout } = await this.import(this.write(name, content), images);
    const out = path.join(this.path, `out-${name}`);
    await exportFile(out, records, layout, { store: this.store });
    return { written: readFileSync(out), records, faults };
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
