package xta

// MailState says how far a message of the mailbox has come.
type MailState string

// The states of a MessageID on the server. "receiving" lives in memory only: a crash in it leaves the id issued. The last two
// are final, and the report is closed in them.
const (
	MailIssued    MailState = "issued"    // reserved by createMessageId, nothing received
	MailStored    MailState = "stored"    // durable here, waits for its reader
	MailRelaying  MailState = "relaying"  // durable here, on its way to the server of a reader who is not ours
	MailClosed    MailState = "closed"    // acknowledged by the reader
	MailWithdrawn MailState = "withdrawn" // taken out before the reader fetched it; a record says why, the report is red
)

// Times are Unix nanoseconds. meta is the author's MessageMetaData as XML; what the server adds stands in the columns.
var mailboxMigrations = []string{`
CREATE TABLE messages(
	n          INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,  -- XTA MessageID in lower case
	name       TEXT NOT NULL,         -- as issued
	state      TEXT NOT NULL,
	author     TEXT NOT NULL,         -- kennung it was issued to
	issued_at  INTEGER NOT NULL,
	reader     TEXT,
	test       INTEGER,
	meta       BLOB,
	parts      TEXT,                  -- JSON: message and attachments, with lengths
	segment    INTEGER,
	offset     INTEGER,
	length     INTEGER,
	sha256     BLOB,
	stored_at  INTEGER,
	fetched_at INTEGER,
	closed_at  INTEGER
) STRICT;
CREATE INDEX waiting ON messages(reader, stored_at, n) WHERE state = 'stored'`,
	`
CREATE TABLE certificates(
	fingerprint TEXT PRIMARY KEY,     -- SHA-256 of the DER, lower-case hex
	not_after   INTEGER NOT NULL,
	first_used  INTEGER NOT NULL,
	last_used   INTEGER NOT NULL
) STRICT, WITHOUT ROWID`,
	// What is in the mailbox from when to when, and why it left it. Two counters for each reader and one for each state are kept by
	// triggers, so that no list has to count a million rows.
	`
ALTER TABLE messages ADD COLUMN entry_at INTEGER;      -- entry in the reader's mailbox: stored_at, or not_before if that is later
ALTER TABLE messages ADD COLUMN not_before INTEGER;    -- NULL = at once
ALTER TABLE messages ADD COLUMN obsolete_at INTEGER;   -- from here on it is withdrawn if nobody fetched it; NULL = never
ALTER TABLE messages ADD COLUMN ended_at INTEGER;      -- closed or withdrawn
ALTER TABLE messages ADD COLUMN content INTEGER NOT NULL DEFAULT 0; -- 0 as stored, 1 about to be removed, 2 removed
UPDATE messages SET entry_at = stored_at, ended_at = closed_at WHERE state <> 'issued';
DROP INDEX waiting;
CREATE INDEX waiting ON messages(reader, entry_at, n) WHERE state = 'stored';
CREATE INDEX fresh ON messages(reader, entry_at, n) WHERE state = 'stored' AND fetched_at IS NULL;
CREATE INDEX obsolete ON messages(obsolete_at) WHERE state = 'stored' AND fetched_at IS NULL AND obsolete_at IS NOT NULL;
CREATE INDEX unused ON messages(issued_at) WHERE state = 'issued';
CREATE INDEX ended ON messages(content, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX in_segment ON messages(segment) WHERE segment IS NOT NULL AND content < 2;
CREATE TABLE records(                 -- what a report says beside the steps that the columns tell
	n       INTEGER PRIMARY KEY,
	message INTEGER NOT NULL,         -- messages.n
	at      INTEGER NOT NULL,
	level   INTEGER NOT NULL,         -- 1 info, 2 warning, 3 error
	list    TEXT NOT NULL,            -- code list, its version and the code
	version TEXT NOT NULL,
	code    TEXT NOT NULL,
	reason  TEXT NOT NULL
) STRICT;
CREATE INDEX records_of ON records(message);
CREATE TABLE departed(                -- readers that left: nothing comes in for them any more
	reader  TEXT PRIMARY KEY,
	at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE totals(
	state   TEXT PRIMARY KEY,
	n       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE boxes(
	reader  TEXT PRIMARY KEY,
	waiting INTEGER NOT NULL,         -- stored
	fresh   INTEGER NOT NULL          -- of these never fetched
) STRICT, WITHOUT ROWID;
INSERT INTO totals SELECT state, count(*) FROM messages GROUP BY state;
INSERT INTO boxes SELECT reader, count(*), count(*) - count(fetched_at) FROM messages WHERE state = 'stored' GROUP BY reader;
CREATE TRIGGER total_in AFTER INSERT ON messages BEGIN
	INSERT INTO totals VALUES(NEW.state, 1) ON CONFLICT(state) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER total_on AFTER UPDATE OF state ON messages WHEN NEW.state <> OLD.state BEGIN
	UPDATE totals SET n = n - 1 WHERE state = OLD.state;
	INSERT INTO totals VALUES(NEW.state, 1) ON CONFLICT(state) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER total_out AFTER DELETE ON messages BEGIN
	UPDATE totals SET n = n - 1 WHERE state = OLD.state;
END;
CREATE TRIGGER box_in AFTER UPDATE OF state ON messages WHEN NEW.state = 'stored' AND OLD.state <> 'stored' BEGIN
	INSERT INTO boxes VALUES(NEW.reader, 1, 1) ON CONFLICT(reader) DO UPDATE SET waiting = waiting + 1, fresh = fresh + 1;
END;
CREATE TRIGGER box_seen AFTER UPDATE OF fetched_at ON messages WHEN NEW.state = 'stored' AND OLD.fetched_at IS NULL AND NEW.fetched_at IS NOT NULL BEGIN
	UPDATE boxes SET fresh = fresh - 1 WHERE reader = NEW.reader;
END;
CREATE TRIGGER box_out AFTER UPDATE OF state ON messages WHEN OLD.state = 'stored' AND NEW.state <> 'stored' BEGIN
	UPDATE boxes SET waiting = waiting - 1, fresh = fresh - (OLD.fetched_at IS NULL) WHERE reader = OLD.reader;
END`,
	// Orders that go on to another server.
	`
CREATE TABLE relays(
	message    INTEGER PRIMARY KEY,   -- messages.n
	state      TEXT NOT NULL,
	due_at     INTEGER,               -- NULL = ended
	attempts   INTEGER NOT NULL DEFAULT 0,
	asked      INTEGER NOT NULL DEFAULT 0,
	remote     TEXT,                  -- MessageID at the other server
	name       TEXT,                  -- the other server: name, ports, allowed certificates
	management TEXT,
	send       TEXT,
	pins       TEXT,
	sha256     BLOB,                  -- of the exact bytes
	since      INTEGER                -- first attempt
) STRICT;
CREATE INDEX relays_due ON relays(due_at) WHERE due_at IS NOT NULL`,
	`ALTER TABLE relays ADD COLUMN problem TEXT`} // why the last step did not get further, "" or NULL = it did
