package store

// migrations are applied in order, each in a transaction of its own; they are only ever appended to.
var migrations = []string{schema1, schema2, schema3, schema4}

const schema1 = `
-- every version of the directory; the highest seq is in force. Rows are never changed.
CREATE TABLE fassung(seq INTEGER PRIMARY KEY AUTOINCREMENT, version TEXT NOT NULL UNIQUE, etag TEXT NOT NULL, angelegt_am INTEGER NOT NULL,
	wer TEXT NOT NULL, zweite_person TEXT NOT NULL, grund TEXT NOT NULL, quelle TEXT NOT NULL, sha256 TEXT NOT NULL, signatur BLOB,
	inhalt BLOB NOT NULL) STRICT;

-- changes that wait for a second person, and what became of them (offen, angenommen, abgelehnt)
CREATE TABLE aenderung(id INTEGER PRIMARY KEY AUTOINCREMENT, basis INTEGER NOT NULL, angelegt_am INTEGER NOT NULL, wer TEXT NOT NULL,
	grund TEXT NOT NULL, quelle TEXT NOT NULL, zustand TEXT NOT NULL DEFAULT 'offen', entschieden_am INTEGER, entschieden_von TEXT,
	entscheidung TEXT, fassung INTEGER, sha256 TEXT NOT NULL, inhalt BLOB NOT NULL) STRICT;
CREATE INDEX aenderung_offen ON aenderung(id) WHERE zustand = 'offen';

-- hash-linked audit: who changed what, and why
CREATE TABLE protokoll(id INTEGER PRIMARY KEY AUTOINCREMENT, am INTEGER NOT NULL, wer TEXT NOT NULL, was TEXT NOT NULL, gegenstand TEXT NOT NULL,
	grund TEXT NOT NULL, hash TEXT NOT NULL) STRICT;

-- the last distinct questions, for the difference that a new version makes; no street, no name
CREATE TABLE frage(betriebsart TEXT NOT NULL, list TEXT NOT NULL, list_version TEXT NOT NULL, code TEXT NOT NULL, plz TEXT NOT NULL, ort TEXT NOT NULL,
	am INTEGER NOT NULL, PRIMARY KEY(betriebsart, list, list_version, code, plz, ort)) STRICT, WITHOUT ROWID;
CREATE INDEX frage_am ON frage(am);
`

const schema2 = `
-- revoked certificates: never changed, never removed
CREATE TABLE sperre(id INTEGER PRIMARY KEY AUTOINCREMENT, fingerabdruck TEXT NOT NULL UNIQUE, ab INTEGER NOT NULL, wer TEXT NOT NULL, grund TEXT NOT NULL) STRICT;

-- what participants handed in, and what became of it (offen, angenommen, abgelehnt); inhalt is the YAML as it came
CREATE TABLE meldung(id INTEGER PRIMARY KEY AUTOINCREMENT, am INTEGER NOT NULL, wer TEXT NOT NULL, zustand TEXT NOT NULL DEFAULT 'offen', entschieden_am INTEGER,
	entschieden_von TEXT, entscheidung TEXT, fassung INTEGER, aenderung INTEGER, inhalt BLOB NOT NULL) STRICT;
CREATE INDEX meldung_offen ON meldung(wer) WHERE zustand = 'offen';
`

const schema3 = `
-- what was asked, summed up by day (UTC), certificate, kind, Betriebsart and HTTP status
CREATE TABLE zaehler(tag TEXT NOT NULL, asker TEXT NOT NULL, kind TEXT NOT NULL, betriebsart TEXT NOT NULL, status INTEGER NOT NULL,
	requests INTEGER NOT NULL, found INTEGER NOT NULL, ambiguous INTEGER NOT NULL, nobody INTEGER NOT NULL,
	PRIMARY KEY(tag, asker, kind, betriebsart, status)) STRICT, WITHOUT ROWID;
`

const schema4 = `
-- since when the content of a version, or of a decided change, is not kept any more (inhalt is empty then); NULL = it is there
ALTER TABLE fassung ADD COLUMN geleert_am INTEGER;
ALTER TABLE aenderung ADD COLUMN geleert_am INTEGER;
`
