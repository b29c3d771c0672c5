"""The workspace file's tables and views, as numbered steps from the first file that was ever written to now.

A step imports nothing of the application: it must do in five years what it does today. A released step is
never changed; a change is a new step at the end. For people who open the file with sqlite-utils, Datasette or
a SQLite browser there are views, each beginning with a comment that says what it shows:

    prompt_list      every prompt with its draft's sections
    version_list     every saved version with its sections
    run_list         every run: answer, parameters, values, tokens, times, cost, and what was thought of it
    run_messages     every message that was sent, a row each
    preference_list  pairs of answers, the better one first
    case_list        every test case with its values
    cell_list        every cell of an experiment with its answer and verdict
    vote_list        every vote of a blind comparison

A text that UTF-8 cannot hold (a lone surrogate, a NUL) stands in its column as a BLOB; all others are TEXT.
Texts that repeat from run to run (messages, values, parameters) are stored once in `texts` and named by key.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("workbench")

APPLICATION_ID = 0x50574231  # "PWB1", stands in the file's header: this is a workspace and not some other database


@migrations()
def m0001_workspace(db: Database) -> None:
    """Prompts, versions, test sets, profiles, settings."""
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.executescript("""
        CREATE TABLE contents (
            -- What prompts say, once each. Never changed.
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,   -- the content id: SHA-256 of body
            body TEXT NOT NULL         -- the prompt's canonical JSON
        );
        CREATE TABLE prompts (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            description TEXT NOT NULL,
            draft TEXT NOT NULL,       -- JSON, as contents.body
            "values" TEXT NOT NULL,    -- JSON: the values last used with it
            config TEXT NOT NULL,      -- JSON: the parameters last used with it
            base_version INTEGER REFERENCES contents(key),
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            archived INTEGER NOT NULL DEFAULT 0
        );
        CREATE TABLE versions (
            prompt_id TEXT NOT NULL REFERENCES prompts(id),
            number INTEGER NOT NULL,
            content INTEGER NOT NULL REFERENCES contents(key),
            parent INTEGER REFERENCES contents(key),
            message TEXT NOT NULL,
            label TEXT NOT NULL DEFAULT '',
            created_at TEXT NOT NULL,
            PRIMARY KEY (prompt_id, number),
            UNIQUE (prompt_id, content)
        ) WITHOUT ROWID;
        CREATE UNIQUE INDEX one_version_a_label ON versions(prompt_id, label) WHERE label <> '';

        CREATE TABLE test_sets (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            prompt_id TEXT REFERENCES prompts(id),
            saved_at TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE cases (
            test_set_id TEXT NOT NULL REFERENCES test_sets(id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            "values" TEXT NOT NULL,
            expected TEXT NOT NULL,
            PRIMARY KEY (test_set_id, position),
            UNIQUE (test_set_id, id)
        );

        CREATE TABLE profiles (
            -- Servers. Keys are never stored here.
            name TEXT PRIMARY KEY,
            base_url TEXT NOT NULL,
            models TEXT NOT NULL,
            key_variable TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE local_models (path TEXT PRIMARY KEY, added_at TEXT NOT NULL) WITHOUT ROWID;
    """)


_RUN_COLUMNS = """
            id TEXT NOT NULL UNIQUE,
            created_at TEXT NOT NULL,
            prompt_id TEXT,            -- no foreign key: an answer is kept whatever becomes of its prompt
            prompt_name TEXT NOT NULL,
            model TEXT NOT NULL,
            stop_reason TEXT NOT NULL,
            error TEXT,
            excerpt TEXT NOT NULL,
            prompt_tokens INTEGER,     -- NULL: the model did not say
            completion_tokens INTEGER,
            cached_tokens INTEGER,
            reasoning_tokens INTEGER,
            ttft_ms REAL,
            total_ms REAL NOT NULL,
            tokens_per_second REAL,
            cost REAL,
            case_id TEXT,
            content INTEGER NOT NULL REFERENCES contents(key),
            "values" INTEGER NOT NULL REFERENCES texts(key),
            config INTEGER NOT NULL REFERENCES texts(key),
            messages TEXT NOT NULL,    -- JSON: [[role, key of the content, key of the reasoning or null], …]
            details TEXT NOT NULL,
            reasoning TEXT NOT NULL,
            text TEXT NOT NULL
"""


@migrations()
def m0002_runs(db: Database) -> None:
    """Runs, unfinished runs, ratings, preferences."""
    db.executescript(f"""
        CREATE TABLE texts (
            -- Texts that many runs share, once each. Never changed.
            key INTEGER PRIMARY KEY,
            hash BLOB NOT NULL UNIQUE, -- BLAKE2b, 16 bytes
            body TEXT NOT NULL
        );
        CREATE TABLE runs (
            -- Inserted once, never changed. Long texts come last, so that lists do not read them.
            key INTEGER PRIMARY KEY,   -- the moment in the id; orders like the id
            {_RUN_COLUMNS}
        );
        CREATE INDEX runs_of_prompt ON runs(prompt_id, key);
        CREATE INDEX failed_runs ON runs(key) WHERE error IS NOT NULL;
        CREATE TABLE unfinished_runs (
            -- Answers that are being written, with the process that writes them.
            owner_pid INTEGER NOT NULL,
            owner_started REAL NOT NULL,
            owner_boot TEXT NOT NULL,
            {_RUN_COLUMNS}
        );
        CREATE TABLE ratings (
            run INTEGER PRIMARY KEY REFERENCES runs(key),
            verdict TEXT CHECK (verdict IN ('good', 'bad')),
            score INTEGER CHECK (score BETWEEN 1 AND 5),
            golden TEXT,
            note TEXT NOT NULL,
            rated_at TEXT NOT NULL
        );
        CREATE TABLE preferences (
            better INTEGER NOT NULL REFERENCES runs(key),
            worse INTEGER NOT NULL REFERENCES runs(key),
            decided_at TEXT NOT NULL,
            PRIMARY KEY (better, worse)
        ) WITHOUT ROWID;
        CREATE INDEX preferences_against ON preferences(worse);
    """)


@migrations()
def m0003_search(db: Database) -> None:
    """Full-text indexes of three-letter pieces, so that any part of any word is found."""
    db.executescript("""
        -- Runs never change, so their index holds no second copy of the texts.
        CREATE VIRTUAL TABLE run_index USING fts5(body, content = '', columnsize = 0, tokenize = 'trigram');
        CREATE VIRTUAL TABLE run_terms USING fts5vocab(run_index, row);
        CREATE TABLE library_entries (
            -- What stands behind each row of library_index: prompts, versions, cases.
            key INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            id TEXT NOT NULL,
            owner TEXT NOT NULL,
            title TEXT NOT NULL,
            UNIQUE (kind, owner, id)
        );
        CREATE VIRTUAL TABLE library_index USING fts5(body, columnsize = 0, tokenize = 'trigram');
        CREATE VIRTUAL TABLE library_terms USING fts5vocab(library_index, row);
    """)


@migrations()
def m0004_views(db: Database) -> None:
    """What people read who open the file with another tool."""
    db.executescript("""
        CREATE VIEW prompt_list AS
        -- Every prompt of the library with its draft's sections.
        SELECT id, name, description, archived, updated_at,
               json_extract(draft, '$.system') AS system, json_extract(draft, '$.context') AS context,
               json_extract(draft, '$.user') AS user,
               json_extract(draft, '$.examples') AS examples, json_extract(draft, '$.prefill') AS prefill,
               "values", config
        FROM prompts;

        CREATE VIEW version_list AS
        -- Every saved version with its sections; the id is the hash of the content.
        SELECT p.name AS prompt, v.number, v.label, v.message, v.created_at, c.id AS version,
               parent.id AS parent,
               json_extract(c.body, '$.system') AS system, json_extract(c.body, '$.context') AS context,
               json_extract(c.body, '$.user') AS user, json_extract(c.body, '$.examples') AS examples,
               json_extract(c.body, '$.prefill') AS prefill
        FROM versions v JOIN prompts p ON p.id = v.prompt_id JOIN contents c ON c.key = v.content
        LEFT JOIN contents parent ON parent.key = v.parent;

        CREATE VIEW run_list AS
        -- Every run, with its parameters, values and what was thought of it.
        SELECT r.id, r.created_at, r.prompt_name AS prompt, c.id AS version, r.model, v.body AS "values",
               r.text, r.reasoning, r.stop_reason, r.error, r.prompt_tokens, r.completion_tokens,
               r.ttft_ms, r.total_ms, r.tokens_per_second, r.cost, g.body AS config,
               t.verdict, t.score, t.golden, t.note
        FROM runs r JOIN contents c ON c.key = r.content JOIN texts v ON v.key = r."values"
        JOIN texts g ON g.key = r.config LEFT JOIN ratings t ON t.run = r.key;

        CREATE VIEW run_messages AS
        -- Every message that was sent, in its order.
        SELECT r.id AS run, m.key AS position, json_extract(m.value, '$[0]') AS role, t.body AS content
        FROM runs r, json_each(r.messages) m JOIN texts t ON t.key = json_extract(m.value, '$[1]');

        CREATE VIEW preference_list AS
        -- Pairs of runs of one input, the better one first.
        SELECT b.prompt_name AS prompt, b.id AS better, w.id AS worse, b.model AS better_model,
               w.model AS worse_model, b.text AS better_text, w.text AS worse_text, p.decided_at
        FROM preferences p JOIN runs b ON b.key = p.better JOIN runs w ON w.key = p.worse;

        CREATE VIEW case_list AS
        -- Every test case with its values.
        SELECT s.name AS test_set, c.position, c.id, c.name, c."values", c.expected
        FROM cases c JOIN test_sets s ON s.id = c.test_set_id;
    """)


@migrations()
def m0005_experiments(db: Database) -> None:
    """Experiments with their cells, checks of test cases, and which request was answered by which run."""
    db.executescript("""
        ALTER TABLE cases ADD COLUMN checks TEXT NOT NULL DEFAULT '[]';  -- JSON
        ALTER TABLE cases ADD COLUMN pass_score REAL;

        CREATE TABLE experiments (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            created_at TEXT NOT NULL,
            source TEXT NOT NULL,
            repeat INTEGER NOT NULL,
            checks TEXT NOT NULL,      -- JSON: asked of every case
            runner_pid INTEGER,        -- the process that runs it, or did last; NULL: it let go
            runner_started REAL,
            runner_boot TEXT
        );
        CREATE TABLE experiment_variants (
            experiment INTEGER NOT NULL REFERENCES experiments(key) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            id TEXT NOT NULL,
            label TEXT NOT NULL,
            prompt_id TEXT,
            prompt_name TEXT NOT NULL,
            model TEXT NOT NULL,
            content INTEGER NOT NULL REFERENCES contents(key),
            config TEXT NOT NULL,
            PRIMARY KEY (experiment, position),
            UNIQUE (experiment, id)
        ) WITHOUT ROWID;
        CREATE TABLE experiment_cases (
            -- As they were when the experiment was made, whatever becomes of the test set.
            experiment INTEGER NOT NULL REFERENCES experiments(key) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            "values" INTEGER NOT NULL REFERENCES texts(key),
            expected TEXT NOT NULL,
            checks TEXT NOT NULL,
            pass_score REAL,
            PRIMARY KEY (experiment, position),
            UNIQUE (experiment, id)
        ) WITHOUT ROWID;
        CREATE TABLE experiment_cells (
            -- Those that were begun; a cell without a row is waiting.
            experiment INTEGER NOT NULL REFERENCES experiments(key) ON DELETE CASCADE,
            variant INTEGER NOT NULL,  -- the positions
            "case" INTEGER NOT NULL,
            repetition INTEGER NOT NULL,
            run_id TEXT NOT NULL,      -- no foreign key: it is noted before the run is there
            cached INTEGER NOT NULL,
            passed INTEGER,            -- NULL: not judged yet
            score REAL,
            verdicts TEXT,             -- JSON
            PRIMARY KEY (experiment, variant, "case", repetition)
        ) WITHOUT ROWID;
        CREATE TABLE answers (
            -- The run that answered a request, by the hash of everything that matters for the answer.
            request BLOB PRIMARY KEY,  -- BLAKE2b, 16 bytes
            run_id TEXT NOT NULL
        ) WITHOUT ROWID;

        CREATE VIEW cell_list AS
        -- Every cell of an experiment that was begun, with its answer and what was found in it.
        SELECT e.name AS experiment, e.created_at, v.label AS variant, v.prompt_name AS prompt, v.model,
               c.name AS case_name, x.body AS "values", c.expected, z.repetition, z.run_id AS run,
               z.cached, r.text, r.stop_reason, r.error, z.passed, z.score, z.verdicts,
               r.total_ms, r.cost
        FROM experiment_cells z JOIN experiments e ON e.key = z.experiment
        JOIN experiment_variants v ON v.experiment = z.experiment AND v.position = z.variant
        JOIN experiment_cases c ON c.experiment = z.experiment AND c.position = z."case"
        JOIN texts x ON x.key = c."values" LEFT JOIN runs r ON r.id = z.run_id;
    """)


@migrations()
def m0006_plans(db: Database) -> None:
    """What a person wants to compare; running a plan makes an experiment of it."""
    db.executescript("""
        CREATE TABLE plans (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            saved_at TEXT NOT NULL,
            body TEXT NOT NULL         -- JSON: columns, test set, checks, how it is run
        );
        ALTER TABLE experiments ADD COLUMN plan_id TEXT REFERENCES plans(id) ON DELETE CASCADE;
        CREATE INDEX experiments_of_plan ON experiments(plan_id) WHERE plan_id IS NOT NULL;
    """)


@migrations()
def m0007_parts(db: Database) -> None:
    """Cases that are held out, cases that a model thought up, and the order of a test set's variables."""
    db.executescript("""
        ALTER TABLE cases ADD COLUMN part TEXT NOT NULL DEFAULT 'development'
            CHECK (part IN ('development', 'held_out'));
        ALTER TABLE cases ADD COLUMN generated INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE test_sets ADD COLUMN columns TEXT NOT NULL DEFAULT '[]';  -- JSON: variables in their order
        ALTER TABLE experiment_cases ADD COLUMN part TEXT NOT NULL DEFAULT 'development';
        ALTER TABLE experiment_cases ADD COLUMN generated INTEGER NOT NULL DEFAULT 0;

        DROP VIEW case_list;
        CREATE VIEW case_list AS
        -- Every test case with its values and what its answer is checked for.
        SELECT s.name AS test_set, c.position, c.id, c.name, c."values", c.expected, c.checks, c.part, c.generated
        FROM cases c JOIN test_sets s ON s.id = c.test_set_id;
    """)


@migrations()
def m0008_votes(db: Database) -> None:
    """Votes of blind comparisons."""
    db.executescript("""
        CREATE TABLE blind_votes (
            -- Which of two answers a person found better without knowing whose they are.
            key INTEGER PRIMARY KEY,
            experiment INTEGER NOT NULL REFERENCES experiments(key) ON DELETE CASCADE,
            "case" INTEGER NOT NULL,   -- the positions, as in experiment_cells
            repetition INTEGER NOT NULL,
            first INTEGER NOT NULL,    -- the variant whose answer stood at the left
            second INTEGER NOT NULL,
            first_run TEXT NOT NULL,
            second_run TEXT NOT NULL,
            winner TEXT NOT NULL CHECK (winner IN ('first', 'second', 'tie')),
            preferred_before TEXT,     -- the run that was preferred before this vote, for taking it back
            voted_at TEXT NOT NULL
        );
        CREATE UNIQUE INDEX one_vote_a_pair
            ON blind_votes(experiment, "case", repetition, min(first, second), max(first, second));

        CREATE VIEW vote_list AS
        -- Every vote of a blind comparison, with the two columns that it was between.
        SELECT e.name AS experiment, c.name AS case_name, b.repetition, v.label AS first_variant,
               v.model AS first_model, w.label AS second_variant, w.model AS second_model, b.winner,
               b.first_run, b.second_run, b.voted_at
        FROM blind_votes b JOIN experiments e ON e.key = b.experiment
        JOIN experiment_cases c ON c.experiment = b.experiment AND c.position = b."case"
        JOIN experiment_variants v ON v.experiment = b.experiment AND v.position = b.first
        JOIN experiment_variants w ON w.experiment = b.experiment AND w.position = b.second;
    """)


@migrations()
def m0009_trust(db: Database) -> None:
    """Files that a person trusts to be run."""
    db.executescript("""
        CREATE TABLE trusted_files (
            path TEXT PRIMARY KEY,
            sha256 TEXT NOT NULL,      -- of what the file said when it was trusted; another content is not
            trusted_at TEXT NOT NULL
        ) WITHOUT ROWID;
    """)


@migrations()
def m0010_cloud(db: Database) -> None:
    """How servers are spoken to, what was spent, and batches that a provider answers later."""
    db.executescript("""
        ALTER TABLE profiles ADD COLUMN preset TEXT NOT NULL DEFAULT '';
        ALTER TABLE profiles ADD COLUMN key_header TEXT NOT NULL DEFAULT '';
        ALTER TABLE profiles ADD COLUMN query TEXT NOT NULL DEFAULT '[]';    -- JSON: [[name, value], …]
        ALTER TABLE profiles ADD COLUMN headers TEXT NOT NULL DEFAULT '[]';  -- JSON: [[name, source, value], …]
        ALTER TABLE profiles ADD COLUMN proxy TEXT NOT NULL DEFAULT '';
        ALTER TABLE profiles ADD COLUMN ca_file TEXT NOT NULL DEFAULT '';

        -- A month's spending is asked for while requests wait.
        CREATE INDEX priced_runs ON runs(created_at, cost) WHERE cost > 0;
        -- What answers cost that others have taken the place of, in US dollars.
        ALTER TABLE experiments ADD COLUMN replaced_cost REAL NOT NULL DEFAULT 0;

        CREATE TABLE batches (
            id TEXT PRIMARY KEY,
            experiment INTEGER NOT NULL REFERENCES experiments(key) ON DELETE CASCADE,
            profile TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('begun', 'sent', 'ended', 'cancelled')),
            input_file TEXT NOT NULL,  -- the server's names; empty until they are known
            remote_id TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX batches_of_experiment ON batches(experiment);
        CREATE TABLE batch_cells (
            batch TEXT NOT NULL REFERENCES batches(id) ON DELETE CASCADE,
            run_id TEXT NOT NULL,      -- of the run that the answer becomes
            variant TEXT NOT NULL,
            "case" TEXT NOT NULL,
            repetition INTEGER NOT NULL,
            PRIMARY KEY (batch, run_id)
        ) WITHOUT ROWID;
    """)


@migrations()
def m0011_pieces(db: Database) -> None:
    """Which three-letter pieces there are, without counting where each one stands."""
    db.executescript("""
        CREATE VIRTUAL TABLE run_pieces USING fts5vocab(run_index, instance);
        CREATE VIRTUAL TABLE library_pieces USING fts5vocab(library_index, instance);
        DROP TABLE run_terms;
        DROP TABLE library_terms;
    """)


@migrations()
def m0012_judges_cost(db: Database) -> None:
    """What an experiment asked for beside its cells, so that its limit counts it after a resume too."""
    db.executescript("""
        CREATE TABLE experiment_asked (
            experiment INTEGER NOT NULL REFERENCES experiments(key) ON DELETE CASCADE,
            run_id TEXT NOT NULL,      -- no foreign key: it is noted before the run is there
            PRIMARY KEY (experiment, run_id)
        ) WITHOUT ROWID;

        -- Verdicts name the runs of their judges; one that is older than its experiment was another's.
        INSERT OR IGNORE INTO experiment_asked
        SELECT z.experiment, r.id FROM experiment_cells z JOIN experiments e ON e.key = z.experiment
        JOIN json_each(z.verdicts) v JOIN json_each(v.value, '$.details.runs') j JOIN runs r ON r.id = j.value
        WHERE r.created_at >= e.created_at;
    """)
