// engine.c: streaming validation with libxml2.
//
// A parser context and, per set, a validation context live as long as the child and are used again for every document: that is most
// of the speed. Between parser and validator stand our own SAX handlers, for three reasons. They know where in the document the
// parser is, so that every violation has its element. They hand over the text of an element in one piece: the validator appends
// pieces in quadratic time, and a base64 attachment with CRLF comes in one piece per line. And they refuse a DOCTYPE.
// No file and no connection is ever opened: schemas come from memory (compile.c), documents from the caller.

#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>

enum { MAX_SETS = 64, MAX_DEPTH = 300, DICT_LIMIT = 8192 };

typedef struct {
	int tag;
	const xmlChar *name;
} open_element;

struct engine {
	xmlParserCtxtPtr parser;
	xmlSchemaValidCtxtPtr valid[MAX_SETS];
	int sets;

	// the document at hand
	xmlSchemaValidCtxtPtr vctxt;
	xmlSAXHandlerPtr inner; // the validator's handlers
	int failed;    // libxml2 gave up by itself
	int malformed; // the parser has complained

	open_element stack[MAX_DEPTH];
	int depth;

	// text not yet handed to the validator: a piece of the document itself, or gathered in buf
	const xmlChar *piece;
	int len, cap, cdata;
	xmlChar *buf;

	violation *found;
	int n, max, result;
};

// ---- violations ----

static int offset(engine *e) {
	xmlParserInputPtr in = e->parser->input;
	return in == NULL ? 0 : (int)(in->consumed + (in->cur - in->base));
}

static void copy_name(char *to, const char *from, size_t len) {
	if (len > NAME_MAX_LEN)
		len = NAME_MAX_LEN;
	memcpy(to, from, len);
	to[len] = 0;
}

// split_message takes "Element 'e', attribute 'a': rest" apart. The names come from the parser and hold no apostrophe.
static const char *split_message(violation *v, const char *m) {
	static const char el[] = "Element '", at[] = "', attribute '";
	if (strncmp(m, el, sizeof el - 1) != 0)
		return m;
	const char *end = strchr(m + sizeof el - 1, '\'');
	if (end == NULL)
		return m;
	if (v->code == XML_SCHEMAV_CVC_IDC) { // at the end of the message, about an element far above
		const char *name = memchr(m, '}', end - m);
		name = name != NULL ? name + 1 : m + sizeof el - 1;
		copy_name(v->element, name, end - name);
	}
	if (strncmp(end, at, sizeof at - 1) == 0) {
		const char *a = end + sizeof at - 1;
		end = strchr(a, '\'');
		if (end == NULL)
			return m;
		const char *brace = memchr(a, '}', end - a);
		if (brace != NULL)
			a = brace + 1;
		copy_name(v->attribute, a, end - a);
	}
	return strncmp(end, "': ", 3) == 0 ? end + 3 : end;
}

static void add(engine *e, int code, int parser, int tag, const xmlChar *name, const char *message) {
	if (e->n == e->max) {
		xmlStopParser(e->parser);
		return;
	}
	violation *v = &e->found[e->n++];
	v->code = code;
	v->parser = parser;
	v->tag = tag;
	v->element[0] = v->attribute[0] = 0;
	v->taillen = 0;
	if (name != NULL)
		copy_name(v->element, (const char *)name, strlen((const char *)name));
	if (parser || message == NULL)
		return;
	const char *rest = split_message(v, message);
	size_t len = strlen(message);
	if (len >= 60000) // __xmlRaiseError cuts at 64 000: the end would be text of the document
		return;
	size_t restlen = len - (rest - message);
	if (restlen > TAIL_MAX_LEN) {
		rest += restlen - TAIL_MAX_LEN;
		restlen = TAIL_MAX_LEN;
	}
	memcpy(v->tail, rest, restlen);
	v->taillen = (int)restlen;
}

static void on_violation(void *data, xmlErrorPtr err) {
	engine *e = data;
	if (err->level < XML_ERR_ERROR)
		return;
	if (err->code == XML_ERR_NO_MEMORY || err->code == XML_SCHEMAV_INTERNAL) {
		e->failed = 1;
		return;
	}
	if (e->depth > 0)
		add(e, err->code, 0, e->stack[e->depth - 1].tag, e->stack[e->depth - 1].name, err->message);
	else
		add(e, err->code, 0, -1, NULL, err->message);
}

static void on_parser_error(void *data, xmlErrorPtr err) {
	engine *e = data;
	if (err->level < XML_ERR_ERROR)
		return;
	if (err->code == XML_ERR_NO_MEMORY) {
		e->failed = 1;
		return;
	}
	if (!e->malformed) // what follows the first one is only its echo
		add(e, err->code, 1, offset(e), NULL, NULL);
	e->malformed = 1;
}

// ---- SAX ----

static void flush(engine *e) {
	if (e->len == 0 && !e->cdata)
		return;
	const xmlChar *t = e->piece != NULL ? e->piece : e->buf;
	if (e->cdata)
		e->inner->cdataBlock(e->vctxt, t, e->len);
	else
		e->inner->characters(e->vctxt, t, e->len);
	e->piece = NULL;
	e->len = e->cdata = 0;
}

static int reserve(engine *e, int len) {
	if (len <= e->cap)
		return 1;
	int cap = len > (1 << 29) ? len : 2 * len;
	xmlChar *b = realloc(e->buf, cap);
	if (b == NULL) {
		e->failed = 1;
		xmlStopParser(e->parser);
		return 0;
	}
	e->buf = b;
	e->cap = cap;
	return 1;
}

static void on_text(void *data, const xmlChar *text, int len) {
	engine *e = data;
	xmlParserInputPtr in = e->parser->input;
	if (e->len == 0 && text >= in->base && text <= in->end) { // stays where it is until the next event
		e->piece = text;
		e->len = len;
		return;
	}
	if (!reserve(e, e->len + len))
		return;
	if (e->piece != NULL) {
		memcpy(e->buf, e->piece, e->len);
		e->piece = NULL;
	}
	memcpy(e->buf + e->len, text, len);
	e->len += len;
}

static void on_cdata(void *data, const xmlChar *text, int len) {
	engine *e = data;
	if (len > 0)
		on_text(e, text, len);
	else if (!reserve(e, 1))
		return;
	e->cdata = 1;
}

static void on_start(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int nns, const xmlChar **ns, int nattr, int ndef,
	const xmlChar **attr) {
	engine *e = data;
	flush(e);
	if (e->depth == MAX_DEPTH) { // the parser's own limit is 256
		xmlStopParser(e->parser);
		return;
	}
	e->stack[e->depth].tag = offset(e);
	e->stack[e->depth++].name = name;
	e->inner->startElementNs(e->vctxt, name, prefix, uri, nns, ns, nattr, ndef, attr);
}

static void on_end(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
	engine *e = data;
	flush(e);
	e->inner->endElementNs(e->vctxt, name, prefix, uri);
	if (e->depth > 0)
		e->depth--;
}

static void on_doctype(void *data, const xmlChar *name, const xmlChar *id, const xmlChar *system) {
	engine *e = data;
	(void)name;
	(void)id;
	(void)system;
	add(e, XML_ERR_DOCTYPE_NOT_FINISHED, 1, offset(e), NULL, NULL);
	xmlStopParser(e->parser);
}

// ---- engine ----

static int new_parser(engine *e) {
	if (e->parser != NULL)
		xmlFreeParserCtxt(e->parser);
	e->parser = xmlNewParserCtxt();
	if (e->parser == NULL)
		return 0;
	xmlSAXHandler *s = e->parser->sax;
	memset(s, 0, sizeof *s);
	s->initialized = XML_SAX2_MAGIC;
	s->startElementNs = on_start;
	s->endElementNs = on_end;
	s->characters = on_text;
	s->ignorableWhitespace = on_text; // the same one: the parser then does not ask which it is
	s->cdataBlock = on_cdata;
	s->internalSubset = on_doctype;
	s->serror = on_parser_error;
	e->parser->userData = e;
	return 1;
}

engine *engine_new(int max) {
	engine *e = calloc(1, sizeof *e);
	if (e == NULL)
		return NULL;
	schema_init();
	e->max = max;
	e->found = malloc(max * sizeof *e->found);
	if (e->found == NULL || !new_parser(e))
		return NULL;
	return e;
}

int engine_compile(engine *e, const set_file *files, int n, const char *entry, char *err, int errlen) {
	if (e->sets == MAX_SETS) {
		snprintf(err, errlen, "too many sets");
		return -1;
	}
	xmlSchemaPtr s = schema_compile(files, n, entry, err, errlen);
	if (s == NULL)
		return -1;
	xmlSchemaValidCtxtPtr v = xmlSchemaNewValidCtxt(s); // keeps s
	if (v == NULL) {
		xmlSchemaFree(s);
		snprintf(err, errlen, "no memory");
		return -1;
	}
	e->valid[e->sets] = v;
	return e->sets++;
}

static int open_input(engine *e, const char *doc) {
	xmlParserCtxtPtr p = e->parser;
	xmlCtxtReset(p);
	xmlCtxtUseOptions(p, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	p->encoding = xmlStrdup(BAD_CAST "UTF-8"); // given from outside: no guessing from the first bytes, no declaration counts
	xmlParserInputPtr in = xmlNewStringInputStream(p, BAD_CAST doc);
	if (in == NULL || p->encoding == NULL)
		return 0;
	inputPush(p, in);
	return 1;
}

static void close_input(engine *e) {
	xmlParserInputPtr in;
	while ((in = inputPop(e->parser)) != NULL)
		xmlFreeInputStream(in);
}

static int validate(engine *e, int set, const char *doc, int len) {
	void *data = NULL;
	const char *nul = memchr(doc, 0, len);
	e->n = e->failed = e->malformed = e->depth = e->len = e->cdata = 0;
	e->piece = NULL;
	if (nul != NULL) {
		add(e, XML_ERR_INVALID_CHAR, 1, (int)(nul - doc), NULL, NULL);
		return e->n;
	}
	if (xmlDictSize(e->parser->dict) > DICT_LIMIT && !new_parser(e)) // names of hostile documents do not stay for ever
		return -1;
	if (e->cap > (1 << 20)) {
		free(e->buf);
		e->buf = NULL;
		e->cap = 0;
	}
	e->vctxt = e->valid[set];
	e->inner = NULL;
	xmlSchemaSetValidStructuredErrors(e->vctxt, on_violation, e);
	xmlSchemaSAXPlugPtr plug = xmlSchemaSAXPlug(e->vctxt, &e->inner, &data);
	if (plug == NULL)
		return -1;
	if (open_input(e, doc))
		xmlParseDocument(e->parser);
	else
		e->failed = 1;
	if (!e->parser->wellFormed && e->n == 0)
		add(e, XML_ERR_DOCUMENT_END, 1, offset(e), NULL, NULL);
	close_input(e);
	xmlSchemaSAXUnplug(plug);
	xmlResetLastError();
	return e->failed ? -1 : e->n;
}

int engine_run(engine *e, const char *buf, const document *docs, int n, unsigned *begun) {
	for (int i = 0; i < n; i++) {
		__atomic_add_fetch(begun, 1, __ATOMIC_SEQ_CST);
		e->result = validate(e, docs[i].set, buf + docs[i].start, docs[i].len);
		if (e->result != 0)
			return i;
	}
	return n;
}

int engine_count(engine *e) { return e->result; }
const violation *engine_found(engine *e, int i) { return &e->found[i]; }
