import type { ImageStore } from '../data/image-store.ts';
import { InputError } from '../records/input-error.ts';

/** Sides of the squares that thumbnails fit into, in pixels; few, so that few files are kept. */
export const thumbnailSides = [128, 256, 512] as const;

export type ThumbnailSide = (typeof thumbnailSides)[number];

/** Thumbnails of the image store; whoever wants one that is being made waits for it. */
export class Thumbnails {
  readonly #images: ImageStore;
  readonly #making = new Map<string, Promise<Uint8Array>>();

  constructor(images: ImageStore) {
    this.#images = images;
  }

  /**
   * @param reference `sha256:…`
   * @returns the image as WebP.
   * @throws InputError where there is no such image, or its bytes are none.
   */
  thumbnail(reference: string, side: ThumbnailSide): Promise<Uint8Array> {
    if (!reference.startsWith('sha256:')) return Promise.reject(new InputError({ thing: `image ${reference}`, expected: 'the reference of an image in the image store', found: 'something else', remedy: 'Import the image first.' }));
    const key = `${side} ${reference}`;
    let made = this.#making.get(key);
    if (!made) {
      made = this.#images.thumbnail(reference, side).finally(() => this.#making.delete(key));
      this.#making.set(key, made);
    }
    return made;
  }
}
