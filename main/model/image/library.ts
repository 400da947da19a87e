import type sharp from 'sharp';

/** sharp, loaded with the first image: its native part takes longer to load than the rest of a start. */
export const imageLibrary = async (): Promise<typeof sharp> => (await import('sharp')).default;
