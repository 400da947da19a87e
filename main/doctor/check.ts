/** One thing that the machine offers or lacks. */
export type Check = {
  readonly id: string;
  readonly title: string;
  /** `lacking`: something would work better or only with it; the remedy says what to do. `optional`: not there, and nothing needs it. `elsewhere`: for other systems. */
  readonly status: 'ok' | 'lacking' | 'optional' | 'unknown' | 'elsewhere';
  readonly detail: string;
  readonly remedy?: string;
  /** What the app can fetch by itself to mend it. */
  readonly fetch?: 'cuda';
};

export type CheckContext = { readonly home: string; readonly modelFolders: readonly string[] };

/** Looks at the machine; never throws for what it finds. */
export type CheckFunction = (context: CheckContext) => Promise<readonly Check[]>;
