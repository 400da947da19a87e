// The database's form, as a list of steps that are never changed once they are out; a file's `user_version` is how many of
// them it has. kysely's migrator is not used: on SQLite it takes no lock, so two processes could migrate at once, while
// each step here is one exclusive transaction together with its number.
//
// Runs and evaluations are an index of files; datasets, notes, tags, the queue, the bin and settings live here alone.

const runs = `
  CREATE TABLE run(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    config TEXT NOT NULL,
    title TEXT NOT NULL,
    steps INTEGER NOT NULL,
    log_bytes INTEGER NOT NULL DEFAULT 0,
    log_tail TEXT NOT NULL DEFAULT '',
    log_seen TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL,
    reason TEXT,
    step INTEGER NOT NULL DEFAULT 0,
    started_at TEXT,
    ended_at TEXT,
    reward REAL,
    last_f1 REAL,
    best_f1 REAL,
    best_step INTEGER,
    alarms INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE run_note(name TEXT PRIMARY KEY, config_hash TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', pinned INTEGER NOT NULL DEFAULT 0, archived INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
  CREATE TABLE run_tag(name TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (name, tag)) WITHOUT ROWID;
  CREATE TABLE log_place(run INTEGER NOT NULL REFERENCES run, step INTEGER NOT NULL, bytes INTEGER NOT NULL, tail TEXT NOT NULL, PRIMARY KEY (run, bytes)) WITHOUT ROWID;
  CREATE TABLE run_event(run INTEGER NOT NULL REFERENCES run, bytes INTEGER NOT NULL, kind TEXT NOT NULL, step INTEGER NOT NULL, at TEXT, detail TEXT NOT NULL, PRIMARY KEY (run, bytes)) WITHOUT ROWID;
  CREATE TABLE metric_name(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE metric(run INTEGER NOT NULL REFERENCES run, name INTEGER NOT NULL, step INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (run, name, step)) WITHOUT ROWID;
  CREATE TABLE trajectory(
    run INTEGER NOT NULL REFERENCES run,
    step INTEGER NOT NULL,
    part INTEGER NOT NULL,
    member INTEGER NOT NULL,
    sample TEXT NOT NULL,
    reward REAL,
    advantage REAL NOT NULL,
    tool_error INTEGER NOT NULL,
    zero_spread INTEGER NOT NULL,
    truncated INTEGER NOT NULL,
    invalid INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    length INTEGER NOT NULL,
    PRIMARY KEY (run, step, part, member)) WITHOUT ROWID;
  CREATE INDEX trajectory_sample ON trajectory(run, sample);
  CREATE TABLE queue(id INTEGER PRIMARY KEY, place REAL NOT NULL, config TEXT NOT NULL, added_at TEXT NOT NULL, taken_by INTEGER);`;

// `sample_order` answers pages and statistics without the rows' texts, `sample_facts` counts. A sample's key is its dataset's number · 2³² + its ordinal, so a dataset is a range of keys, in the words too.
const datasets = `
  CREATE TABLE bin(id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, name TEXT NOT NULL, removed_at TEXT NOT NULL, detail TEXT NOT NULL);
  CREATE TABLE dataset(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    format TEXT NOT NULL,
    layout TEXT,
    created_at TEXT NOT NULL,
    edited_at TEXT NOT NULL,
    next_ordinal INTEGER NOT NULL DEFAULT 0,
    importing_by INTEGER,
    bin INTEGER REFERENCES bin);
  CREATE TABLE sample(
    key INTEGER PRIMARY KEY,
    dataset INTEGER NOT NULL REFERENCES dataset,
    bin INTEGER REFERENCES bin,
    kind TEXT NOT NULL,
    split TEXT NOT NULL,
    images INTEGER NOT NULL,
    issues TEXT NOT NULL,
    answer_count INTEGER NOT NULL,
    steps INTEGER NOT NULL,
    question_length INTEGER NOT NULL,
    id TEXT NOT NULL,
    question TEXT NOT NULL,
    answers TEXT NOT NULL,
    shown_images TEXT NOT NULL);
  CREATE INDEX sample_order ON sample(dataset, bin, key, kind, split, images, issues, answer_count, steps, question_length);
  CREATE INDEX sample_facts ON sample(dataset, bin, kind, split, images, issues);
  CREATE INDEX sample_id ON sample(id, dataset);
  CREATE TABLE sample_record(key INTEGER PRIMARY KEY REFERENCES sample ON DELETE CASCADE, json TEXT NOT NULL);
  CREATE VIRTUAL TABLE sample_words USING fts5(question, answers, content='', contentless_delete=1, columnsize=1, prefix='1 2', tokenize='ascii');
  CREATE TABLE sample_tag(key INTEGER NOT NULL REFERENCES sample ON DELETE CASCADE, tag TEXT NOT NULL, PRIMARY KEY (key, tag)) WITHOUT ROWID;
  CREATE TABLE dataset_fault(dataset INTEGER NOT NULL REFERENCES dataset, place INTEGER NOT NULL, file TEXT NOT NULL, row INTEGER NOT NULL, line INTEGER, reason TEXT NOT NULL, kept INTEGER NOT NULL, PRIMARY KEY (dataset, place)) WITHOUT ROWID;
  CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`;

const evaluations = `
  CREATE TABLE evaluation(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    config TEXT NOT NULL,
    benchmark TEXT NOT NULL,
    policy TEXT NOT NULL,
    mode TEXT NOT NULL,
    total INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    invalid INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    f1 TEXT,
    em TEXT,
    started_at TEXT,
    ended_at TEXT,
    items_bytes INTEGER NOT NULL DEFAULT 0,
    items_tail TEXT NOT NULL DEFAULT '',
    seen TEXT NOT NULL DEFAULT '');
  CREATE TABLE evaluation_item(
    evaluation INTEGER NOT NULL REFERENCES evaluation ON DELETE CASCADE,
    place INTEGER NOT NULL,
    id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    answer TEXT,
    gold TEXT,
    f1 REAL,
    em REAL,
    bytes INTEGER NOT NULL,
    length INTEGER NOT NULL,
    PRIMARY KEY (evaluation, place)) WITHOUT ROWID;`;

const extreme = (what: 'min' | 'max'): string => `SELECT run, name, step / 64 AS span, step, ${what}(value) AS value, count(*) AS count, total(value) AS total FROM metric WHERE run IN (SELECT id FROM run WHERE spans = 1) GROUP BY run, name, step / 64`;

// Runs that are short do without spans until they grow: to make those of a thousand runs would take a start many seconds.
const spans = `
  CREATE TABLE metric_span(
    run INTEGER NOT NULL REFERENCES run,
    name INTEGER NOT NULL,
    span INTEGER NOT NULL,
    low_step INTEGER NOT NULL,
    low REAL NOT NULL,
    high_step INTEGER NOT NULL,
    high REAL NOT NULL,
    count INTEGER NOT NULL,
    total REAL NOT NULL,
    PRIMARY KEY (run, name, span)) WITHOUT ROWID;
  ALTER TABLE run ADD COLUMN spans INTEGER NOT NULL DEFAULT 1;
  UPDATE run SET spans = 0 WHERE step < 4000;
  INSERT INTO metric_span SELECT run, name, span, low.step, low.value, high.step, high.value, low.count, low.total FROM (${extreme('min')}) AS low JOIN (${extreme('max')}) AS high USING (run, name, span);`;

// A change has of its sample what differs before and after, as JSON (annotations/difference.ts); its rows go with the sample.
const annotations = `
  CREATE TABLE annotation(
    key INTEGER PRIMARY KEY REFERENCES sample ON DELETE CASCADE,
    state TEXT NOT NULL,
    annotator TEXT,
    reviewer TEXT,
    review_answer TEXT,
    review_issues TEXT NOT NULL,
    note TEXT NOT NULL,
    at TEXT NOT NULL);
  CREATE INDEX annotation_state ON annotation(state, key);
  CREATE TABLE annotation_change(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset INTEGER NOT NULL REFERENCES dataset ON DELETE CASCADE,
    key INTEGER NOT NULL REFERENCES sample ON DELETE CASCADE,
    at TEXT NOT NULL,
    author TEXT NOT NULL,
    what TEXT NOT NULL,
    before_sample TEXT,
    before_annotation TEXT,
    after_sample TEXT,
    after_annotation TEXT,
    undone INTEGER NOT NULL DEFAULT 0);
  CREATE INDEX annotation_change_order ON annotation_change(dataset);
  CREATE INDEX annotation_change_key ON annotation_change(key);`;

/** SQL of version 1, 2, … */
export const migrations: readonly string[] = [runs, datasets, evaluations, spans, annotations];

/** "ARFS": tells our file from other programs'. */
export const applicationId = 0x41524653;
