package ledger

// migrations are applied in order, those that a file lacks in one transaction; they are only ever appended to.
// SQL is kept portable: a second engine (PostgreSQL) runs the same contract suite later.
var migrations = []string{schema1, schema2, schema3, schema4, schema5, schema6, schema7, schema8, schema9, schema10, schema11, schema12, schema13, schema14, schema15, schema16}

const schema1 = `
CREATE TABLE drops(
	id TEXT PRIMARY KEY, account TEXT NOT NULL, name BLOB NOT NULL, source TEXT NOT NULL,
	device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL, sha BLOB,
	state TEXT NOT NULL, betriebsart TEXT NOT NULL, format TEXT NOT NULL DEFAULT '',
	kopf TEXT, kopf_absender TEXT, kopf_verfahren TEXT, kopf_id INTEGER,
	received_at INTEGER NOT NULL, duplicate_of TEXT, findings TEXT,
	messages INTEGER NOT NULL DEFAULT 0,  -- messages in it
	live INTEGER NOT NULL DEFAULT 0,      -- of them not ended
	cursor INTEGER NOT NULL DEFAULT 0,    -- last seq that resolve has looked at
	attempts INTEGER NOT NULL DEFAULT 0,
	receipts INTEGER NOT NULL DEFAULT 0,  -- number of the last published receipt
	events INTEGER NOT NULL DEFAULT 0,    -- last event that a booked receipt covers
	closed INTEGER NOT NULL DEFAULT 0,    -- 1: the last receipt said abgeschlossen
	untold INTEGER NOT NULL DEFAULT 0,    -- 1: something happened that no booked receipt says
	purged INTEGER NOT NULL DEFAULT 0,    -- 1: the original is about to be deleted, 2: it is deleted
	due_at INTEGER                        -- NULL: at rest
) STRICT, WITHOUT ROWID;
CREATE INDEX drops_sha ON drops(account, sha);
CREATE INDEX drops_due ON drops(state, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX drops_claiming ON drops(id) WHERE state = 'claiming';
CREATE INDEX drops_kopf ON drops(kopf_absender, kopf_verfahren, kopf_id) WHERE kopf_id IS NOT NULL;
CREATE INDEX drops_received ON drops(received_at);
CREATE INDEX drops_kept ON drops(received_at) WHERE purged < 2;
CREATE INDEX drops_inode ON drops(inode, device);
CREATE INDEX drops_untold ON drops(id) WHERE untold = 1;

CREATE TABLE deliveries(
	drop_id TEXT NOT NULL, seq INTEGER NOT NULL, account TEXT NOT NULL, kind INTEGER NOT NULL, state TEXT NOT NULL, betriebsart TEXT NOT NULL,
	off INTEGER NOT NULL, len INTEGER NOT NULL, sha BLOB NOT NULL, entry TEXT NOT NULL, line INTEGER NOT NULL, col INTEGER NOT NULL,
	uuid TEXT NOT NULL, absender TEXT NOT NULL, aktenzeichen TEXT NOT NULL, kassenzeichen TEXT NOT NULL, betrag INTEGER NOT NULL,
	case_absender TEXT NOT NULL, case_uuid TEXT NOT NULL, routing TEXT, findings TEXT, dup_drop TEXT, dup_seq INTEGER,
	-- what follows changes after the intake
	behoerde TEXT, kanal TEXT, regel TEXT, question TEXT, message_id TEXT, in_reply_to TEXT, origin INTEGER, bytes_sha BLOB,
	bundle TEXT, sendung INTEGER, after_drop TEXT, after_seq INTEGER,
	attempts INTEGER NOT NULL DEFAULT 0, provided INTEGER NOT NULL DEFAULT 0,
	lane TEXT, dest TEXT, rank INTEGER, due_at INTEGER, updated_at INTEGER NOT NULL, final INTEGER NOT NULL DEFAULT 0,
	confirmed INTEGER NOT NULL DEFAULT 0, -- a person released it in spite of a Hindernis
	PRIMARY KEY(drop_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries(lane, dest, rank, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_after ON deliveries(after_drop, after_seq) WHERE after_drop IS NOT NULL;
CREATE INDEX deliveries_held ON deliveries(state, updated_at) WHERE question IS NOT NULL;
CREATE INDEX deliveries_message ON deliveries(message_id) WHERE message_id IS NOT NULL;

-- who used a nachrichtenUUID; filled once per drop, sorted (durability.md 4, finding 11)
CREATE TABLE identities(uuid BLOB NOT NULL, absender TEXT NOT NULL, drop_id TEXT NOT NULL, seq INTEGER NOT NULL, sha BLOB NOT NULL,
	PRIMARY KEY(uuid, absender)) STRICT, WITHOUT ROWID;

-- a Vorgang gets a row once something follows its 003. holder is '' while the 003 itself says who holds it
CREATE TABLE cases(absender TEXT NOT NULL, uuid TEXT NOT NULL, holder TEXT NOT NULL, head_drop TEXT NOT NULL, head_seq INTEGER NOT NULL,
	PRIMARY KEY(absender, uuid)) STRICT, WITHOUT ROWID;

CREATE TABLE events(id INTEGER PRIMARY KEY AUTOINCREMENT, drop_id TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
	state TEXT NOT NULL, line TEXT NOT NULL,
	told INTEGER NOT NULL) STRICT; -- 1: the word of receipts changed with it
CREATE INDEX events_drop ON events(drop_id, id);

-- counters, kept in the transaction of each change: conservation is proved with them, pages read them
CREATE TABLE counts(drop_id TEXT NOT NULL, state TEXT NOT NULL, n INTEGER NOT NULL, cents INTEGER NOT NULL, PRIMARY KEY(drop_id, state)) STRICT, WITHOUT ROWID;
-- the same per word of receipts: a held message's word depends on who decides, a sent one's on its report
CREATE TABLE words(drop_id TEXT NOT NULL, word TEXT NOT NULL, n INTEGER NOT NULL, cents INTEGER NOT NULL, PRIMARY KEY(drop_id, word)) STRICT, WITHOUT ROWID;
CREATE TABLE totals(account TEXT NOT NULL, state TEXT NOT NULL, n INTEGER NOT NULL, cents INTEGER NOT NULL, PRIMARY KEY(account, state)) STRICT, WITHOUT ROWID;

CREATE TABLE receipts(drop_id TEXT NOT NULL, n INTEGER NOT NULL, from_event INTEGER NOT NULL, to_event INTEGER NOT NULL, at INTEGER NOT NULL,
	closed INTEGER NOT NULL, head TEXT NOT NULL, sums TEXT NOT NULL, next_id INTEGER NOT NULL, sha BLOB, name TEXT, published INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY(drop_id, n)) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_open ON receipts(drop_id, n) WHERE published = 0;

CREATE TABLE bundles(id TEXT PRIMARY KEY, profile TEXT NOT NULL, account TEXT NOT NULL, betriebsart TEXT NOT NULL, state TEXT NOT NULL,
	created_at INTEGER NOT NULL, boot TEXT, mount INTEGER, hashes TEXT, letters INTEGER NOT NULL, pages INTEGER NOT NULL DEFAULT 0,
	question TEXT, updated_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX bundles_open ON bundles(state) WHERE state NOT IN ('published', 'recalled');
CREATE TABLE bundle_items(bundle TEXT NOT NULL, n INTEGER NOT NULL, drop_id TEXT NOT NULL, seq INTEGER NOT NULL, removed INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY(bundle, n)) STRICT, WITHOUT ROWID;

CREATE TABLE inbox(id TEXT PRIMARY KEY, account TEXT NOT NULL, message_id TEXT NOT NULL, author TEXT NOT NULL, reader TEXT NOT NULL, in_reply_to TEXT NOT NULL,
	test INTEGER NOT NULL, state TEXT NOT NULL, kind INTEGER NOT NULL, uuid TEXT NOT NULL, case_absender TEXT NOT NULL, case_uuid TEXT NOT NULL,
	len INTEGER NOT NULL, sha BLOB NOT NULL, name TEXT NOT NULL, question TEXT, received_at INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inbox_message ON inbox(account, message_id);
CREATE INDEX inbox_uuid ON inbox(account, uuid);
CREATE INDEX inbox_open ON inbox(id) WHERE closed = 0 OR state = 'fetched';

CREATE TABLE runs(id TEXT PRIMARY KEY, job TEXT NOT NULL, slot TEXT NOT NULL, trigger TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,
	done INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, error TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX runs_slot ON runs(job, slot);
CREATE INDEX runs_started ON runs(started_at);

-- wishes of people and other processes that the lock holder carries out
CREATE TABLE intents(id INTEGER PRIMARY KEY AUTOINCREMENT, verb TEXT NOT NULL, arg TEXT NOT NULL, at INTEGER NOT NULL, done_at INTEGER, result TEXT) STRICT;

CREATE TABLE audit(id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,
	grund TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
`

// schema2 lets the accounts of one destination take turns.
const schema2 = `
CREATE INDEX deliveries_turn ON deliveries(dest, rank, account, due_at) WHERE due_at IS NOT NULL AND lane='send';
`

// schema3 finds the messages that came before the request they are about.
const schema3 = `
CREATE INDEX deliveries_early ON deliveries(case_uuid) WHERE state='waiting' AND after_drop IS NULL;
`

// schema4 lets a receipt have several files: each form has a name and a hash of its own.
const schema4 = `
ALTER TABLE receipts ADD COLUMN files TEXT NOT NULL DEFAULT '[]';
UPDATE receipts SET files=CASE WHEN sha IS NULL THEN json_array(json_object('format','xml'))
	ELSE json_array(json_object('format', 'xml', 'name', name, 'sha', lower(hex(sha)))) END;
ALTER TABLE receipts DROP COLUMN sha;
ALTER TABLE receipts DROP COLUMN name;
`

// schema5 lets a drop wait as a whole, and keeps what is decided about all of it until that is carried out.
const schema5 = `
ALTER TABLE drops ADD COLUMN question TEXT;  -- why nothing of it is sent before somebody decides; NULL: nobody is asked
ALTER TABLE drops ADD COLUMN verdict TEXT;   -- decided and not carried out yet: reject or withdraw
ALTER TABLE drops ADD COLUMN volume INTEGER NOT NULL DEFAULT 0; -- messages taken in that want money: 003 and 007
ALTER TABLE drops ADD COLUMN volume_cents INTEGER NOT NULL DEFAULT 0;
UPDATE drops SET volume=(SELECT coalesce(sum(n),0) FROM counts c WHERE c.drop_id=drops.id AND c.state NOT IN ('rejected','duplicate')),
	volume_cents=(SELECT coalesce(sum(cents),0) FROM counts c WHERE c.drop_id=drops.id AND c.state NOT IN ('rejected','duplicate'));
CREATE INDEX drops_question ON drops(id) WHERE question IS NOT NULL;
CREATE INDEX drops_verdict ON drops(id) WHERE verdict IS NOT NULL;
CREATE INDEX drops_volume ON drops(account, received_at) WHERE volume>0;
CREATE INDEX drops_transfer ON drops(account, kopf_id) WHERE kopf_id IS NOT NULL;
ALTER TABLE receipts ADD COLUMN question TEXT; -- the drop's, as booked
`

// schema6 lets a 006 move a case or end its holder, finds the 007 and 008 about a request (also those that a person is asked about),
// and the inbound messages that were quicker than their request.
const schema6 = `
ALTER TABLE cases ADD COLUMN returned INTEGER NOT NULL DEFAULT 0; -- 1: the request was given back, nobody holds it
DROP INDEX deliveries_early; -- deliveries_changes finds them
CREATE INDEX deliveries_changes ON deliveries(case_uuid) WHERE kind IN (7, 8);
CREATE INDEX inbox_waiting ON inbox(account, received_at) WHERE state='waiting';
`

// schema7 finds the same case under another nachrichtenUUID: by a hash of absender and Aktenzeichen, or of absender and booking.
const schema7 = `
CREATE TABLE subjects(key BLOB NOT NULL, drop_id TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(key, drop_id, seq)) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_ends ON inbox(case_uuid) WHERE kind IN (5, 12);
`

// schema8 keeps that a person wants a held inbound message published.
const schema8 = `
ALTER TABLE inbox ADD COLUMN released INTEGER NOT NULL DEFAULT 0;
`

// schema9 keeps what encrypts a message again byte for byte, from reserved until it has left.
const schema9 = `
ALTER TABLE deliveries ADD COLUMN sealed BLOB; -- secret: the content key; NULL = in the clear
`

// schema10 says why a delivery waits: which destinations cannot be reached, and what the last attempt failed of; how long somebody wants
// to wait for a report; and which electronic message a letter replaces.
const schema10 = `
CREATE TABLE outages(dest TEXT PRIMARY KEY, since INTEGER NOT NULL, probe INTEGER NOT NULL, failures INTEGER NOT NULL, trouble TEXT NOT NULL) STRICT, WITHOUT ROWID;
ALTER TABLE deliveries ADD COLUMN trouble TEXT;
ALTER TABLE deliveries ADD COLUMN patience INTEGER; -- a report may stay open until then; NULL: the configured deadline
ALTER TABLE deliveries ADD COLUMN replaces TEXT;    -- the electronic message that is void for good, as JSON; NULL: none
`

// schema11 lets a drop in conflict wait like others that wait whole, with an owner and a term, and be opened although receipts were
// written about it.
const schema11 = `
ALTER TABLE drops ADD COLUMN foretold INTEGER NOT NULL DEFAULT 0; -- receipts that were written before it was opened
UPDATE drops SET findings=NULL, untold=1, question=json_object('Code', 'LIEF-UEBERTRAGUNGSID', 'Text',
	'Diese uebertragungsID wurde schon für eine andere Lieferung verwendet; bitte die Lieferung zurückziehen oder freigeben.',
	'Owner', 'mandant', 'Until', strftime('%Y-%m-%dT%H:%M:%SZ', received_at/1000000+14*86400, 'unixepoch')) WHERE state='conflict';
`

// schema12 keeps what the print centre said: of a bundle, of each of its letters, and in which files; by when it must have said it all;
// and which earlier letter one replaces.
const schema12 = `
ALTER TABLE bundles ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0; -- EINGANG: 0 nothing said, 1 accepted, 2 rejected
ALTER TABLE bundles ADD COLUMN due_at INTEGER;                      -- every letter must be acknowledged by then; NULL: nothing more is expected
ALTER TABLE bundles ADD COLUMN replaces TEXT;                       -- the bundle that a person had printed again; NULL: none
CREATE INDEX bundles_due ON bundles(due_at) WHERE due_at IS NOT NULL;
CREATE INDEX bundles_question ON bundles(id) WHERE question IS NOT NULL;
ALTER TABLE bundle_items ADD COLUMN said TEXT;     -- printed, enclosed, posted, returned, deleted; NULL: nothing. removed is 2 once the letter goes out anew in another bundle
ALTER TABLE bundle_items ADD COLUMN replaces TEXT; -- the Sendung that this one takes the place of; NULL: the letter was never printed before
CREATE INDEX bundle_items_delivery ON bundle_items(drop_id, seq);
CREATE TABLE acknowledgements(profile TEXT NOT NULL, id TEXT NOT NULL, bundle TEXT NOT NULL, art TEXT NOT NULL, sha BLOB NOT NULL, at INTEGER NOT NULL, letters INTEGER NOT NULL,
	PRIMARY KEY(profile, id)) STRICT, WITHOUT ROWID;
`

// schema13 keeps who released which form of the letters for which version of a print profile.
const schema13 = `
CREATE TABLE print_releases(profile TEXT NOT NULL, version TEXT NOT NULL, template TEXT NOT NULL, who TEXT NOT NULL, grund TEXT NOT NULL, at INTEGER NOT NULL,
	PRIMARY KEY(profile, version, template)) STRICT, WITHOUT ROWID;
`

// schema14 counts what a print centre gets on a day.
const schema14 = `
ALTER TABLE bundles ADD COLUMN sheets INTEGER NOT NULL DEFAULT 0; -- of paper, 0 until staged
ALTER TABLE bundles ADD COLUMN day TEXT;                          -- on which the print centre gets them, 2026-11-24; NULL until staged
CREATE INDEX bundles_day ON bundles(profile, day) WHERE day IS NOT NULL;
CREATE TABLE print_full(profile TEXT PRIMARY KEY, day TEXT NOT NULL) STRICT, WITHOUT ROWID; -- the last day on which letters were left over
`

// schema15 finds the oldest letters of an account that wait for a bundle, however many wait.
const schema15 = `
CREATE INDEX deliveries_letters ON deliveries(dest, account, betriebsart, due_at) WHERE due_at IS NOT NULL AND lane='print';
`

// schema16 says which letters share an envelope.
const schema16 = `
ALTER TABLE bundle_items ADD COLUMN sendung INTEGER; -- the Sendung in whose envelope the letter is; NULL: it is one by itself, with its own number
CREATE INDEX bundle_items_sendung ON bundle_items(bundle, sendung) WHERE sendung IS NOT NULL;
`
