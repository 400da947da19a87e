import { z } from 'zod';

// What a corpus's file holds. `passage` has the texts as they are shown; `words` is the index over their tokens and keeps
// no text of its own. The text is the first column of the index since FTS5 marks every other one in each posting.

export const schema = `
  CREATE TABLE passage(id INTEGER PRIMARY KEY, key TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL);
  CREATE VIRTUAL TABLE words USING fts5(text, title, content='', columnsize=0, tokenize='ascii');
  CREATE TABLE about(json TEXT NOT NULL);`;

/** Marks a file as a corpus of this program ("ARFT"), and its version. */
export const applicationId = 0x41524654;
export const formatVersion = 1;

/** What a corpus is, written when it is whole. */
export const about = z.strictObject({
  documents: z.int().nonnegative(),
  passages: z.int().positive(),
  /** Tokens of all titles and texts. */
  tokens: z.int().nonnegative(),
  /** Bytes of all titles and texts as UTF-8. */
  textBytes: z.int().nonnegative(),
  /** SHA-256 over the passages in their order: the same content has the same. */
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.iso.datetime(),
});

export type About = Readonly<z.infer<typeof about>>;

/** A passage on its way into the index; `indexed…` is absent where it is the text itself. */
export type NewPassage = { readonly key: string; readonly title: string; readonly text: string; readonly indexedTitle?: string; readonly indexedText?: string };
