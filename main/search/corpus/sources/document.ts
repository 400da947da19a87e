/** A document before it is cut into passages. */
export type Document = { readonly id: string; readonly title: string; readonly text: string; /** Line of its row, counted from 1. */ readonly line?: number };

/** A row, or a file, that cannot be read, and why. */
export type Broken = { readonly line?: number; readonly reason: string };

/** The documents of a file. @param name what the file is called inside the corpus: its path from the folder that is imported. */
export type ReadDocuments = (file: string, name: string) => AsyncGenerator<Document | Broken>;
