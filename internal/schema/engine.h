// engine.h: what the Go side sees of libxml2. See engine.c.
#ifndef DAMTSHILFE_SCHEMA_ENGINE_H
#define DAMTSHILFE_SCHEMA_ENGINE_H

#include <stddef.h>

enum { NAME_MAX_LEN = 120, TAIL_MAX_LEN = 4096 };

// file is one schema file of the set that is being compiled.
typedef struct {
	const char *name;
	const char *data;
	int len;
} set_file;

// violation is one message of libxml2.
typedef struct {
	int code;                         // xmlParserErrors
	int parser;                       // 1: the document is not well-formed, tag is the place where the parser stood
	int tag;                          // offset behind the last attribute of the element's start tag; -1: no element
	char element[NAME_MAX_LEN + 1];   // local name of the element concerned
	char attribute[NAME_MAX_LEN + 1]; // local name of the attribute concerned, or ""
	int taillen;                      // bytes in tail; 0 when the message is so long that libxml2 has cut it
	char tail[TAIL_MAX_LEN];          // end of the message, without the part that names element and attribute
} violation;

// schema_init prepares libxml2; schema_compile compiles the file entry of files, or gives NULL and a reason in err.
void schema_init(void);
struct _xmlSchema *schema_compile(const set_file *files, int n, const char *entry, char *err, int errlen);

typedef struct engine engine;

// engine_new makes an engine that keeps at most max violations of a document.
engine *engine_new(int max);
// engine_compile compiles the file entry of files; gives the number of the set, or -1 and a reason in err.
int engine_compile(engine *e, const set_file *files, int n, const char *entry, char *err, int errlen);
// document is one of the documents in a buffer: its set, where it starts, how long it is. A byte 0 must follow it.
typedef struct {
	int set, start, len;
} document;

// engine_run judges n documents until one is not valid, and gives its number; n: all are valid. *begun counts the documents begun.
// The violations are in engine_found; engine_count gives their number, -1: libxml2 has no memory or failed in itself.
int engine_run(engine *e, const char *buf, const document *docs, int n, unsigned *begun);
int engine_count(engine *e);
const violation *engine_found(engine *e, int i);

#endif
