import type { Generated } from 'kysely';

// The tables of migrations.ts as types, for typed queries.

export type RunTable = {
  readonly id: Generated<number>;
  readonly name: string;
  readonly config: string;
  readonly title: string;
  readonly steps: number;
  readonly log_bytes: number;
  readonly log_tail: string;
  readonly log_seen: string;
  readonly status: string;
  readonly reason: string | null;
  readonly step: number;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly reward: number | null;
  readonly last_f1: number | null;
  readonly best_f1: number | null;
  readonly best_step: number | null;
  readonly alarms: number;
};

export type SampleTable = {
  readonly key: number;
  readonly dataset: number;
  readonly bin: number | null;
  readonly kind: string;
  readonly split: string;
  readonly images: number;
  readonly issues: string;
  readonly answer_count: number;
  readonly steps: number;
  readonly question_length: number;
  readonly id: string;
  readonly question: string;
  readonly answers: string;
  readonly shown_images: string;
};

export type EvaluationTable = {
  readonly id: Generated<number>;
  readonly name: string;
  readonly config: string;
  readonly benchmark: string;
  readonly policy: string;
  readonly mode: string;
  readonly total: number;
  readonly done: number;
  readonly invalid: number;
  readonly state: string;
  readonly f1: string | null;
  readonly em: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly items_bytes: number;
  readonly items_tail: string;
  readonly seen: string;
};

export type AnnotationTable = {
  readonly key: number;
  readonly state: string;
  readonly annotator: string | null;
  readonly reviewer: string | null;
  /** null: there is no review. */
  readonly review_answer: string | null;
  readonly review_issues: string;
  readonly note: string;
  readonly at: string;
};

export type AnnotationChangeTable = {
  readonly id: Generated<number>;
  readonly dataset: number;
  readonly key: number;
  readonly at: string;
  readonly author: string;
  readonly what: string;
  readonly before_sample: string | null;
  readonly before_annotation: string | null;
  readonly after_sample: string | null;
  readonly after_annotation: string | null;
  readonly undone: number;
};

export type Tables = {
  run: RunTable;
  run_note: { readonly name: string; readonly config_hash: string; readonly note: string; readonly pinned: number; readonly archived: number };
  run_tag: { readonly name: string; readonly tag: string };
  trajectory: { readonly run: number; readonly step: number; readonly part: number; readonly member: number; readonly sample: string; readonly reward: number | null; readonly advantage: number; readonly tool_error: number; readonly zero_spread: number; readonly truncated: number; readonly invalid: number; readonly bytes: number; readonly length: number };
  sample: SampleTable;
  sample_words: { readonly rowid: number; readonly sample_words: string };
  sample_tag: { readonly key: number; readonly tag: string };
  annotation: AnnotationTable;
  annotation_change: AnnotationChangeTable;
  evaluation: EvaluationTable;
  evaluation_item: { readonly evaluation: number; readonly place: number; readonly id: string; readonly outcome: string; readonly answer: string | null; readonly gold: string | null; readonly f1: number | null; readonly em: number | null; readonly bytes: number; readonly length: number };
};
