// compile.c: schemas from memory. Whatever a schema refers to is looked up in its set and nowhere else.

#include "engine.h"

#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>

static const char PREFIX[] = "set:/"; // base of all names, so that relative references stay inside the set

// While a schema is compiled, files point to its set. libxml2's loader has no user data.
static const set_file *set_files;
static int set_count;

static xmlParserInputPtr load(const char *url, const char *id, xmlParserCtxtPtr ctxt) {
	size_t skip = sizeof PREFIX - 1;
	(void)id;
	if (url == NULL || strncmp(url, PREFIX, skip) != 0)
		return NULL;
	for (int i = 0; i < set_count; i++) {
		if (strcmp(url + skip, set_files[i].name) != 0)
			continue;
		xmlParserInputBufferPtr b = xmlParserInputBufferCreateMem(set_files[i].data, set_files[i].len, XML_CHAR_ENCODING_NONE);
		if (b == NULL)
			return NULL;
		xmlParserInputPtr in = xmlNewIOInputStream(ctxt, b, XML_CHAR_ENCODING_NONE);
		if (in == NULL) {
			xmlFreeParserInputBuffer(b);
			return NULL;
		}
		in->filename = (char *)xmlStrdup(BAD_CAST url);
		return in;
	}
	return NULL;
}

typedef struct {
	char *text;
	int len;
} error_text;

static void schema_error(void *data, xmlErrorPtr err) {
	error_text *t = data;
	if (err->level < XML_ERR_ERROR || err->message == NULL || t->text[0] != 0)
		return;
	snprintf(t->text, t->len, "%s:%d: %s", err->file ? err->file : "", err->line, err->message);
}

static void silent(void *ctx, const char *msg, ...) {
	(void)ctx;
	(void)msg;
}

void schema_init(void) {
	xmlInitParser();
	xmlSetExternalEntityLoader(load);
	xmlSetGenericErrorFunc(NULL, silent);
}

struct _xmlSchema *schema_compile(const set_file *files, int n, const char *entry, char *err, int errlen) {
	char url[512];
	error_text t = {err, errlen};
	err[0] = 0;
	if (snprintf(url, sizeof url, "%s%s", PREFIX, entry) >= (int)sizeof url) {
		snprintf(err, errlen, "name too long");
		return NULL;
	}
	set_files = files;
	set_count = n;
	xmlSchemaParserCtxtPtr p = xmlSchemaNewParserCtxt(url);
	xmlSchemaPtr s = NULL;
	if (p != NULL) {
		xmlSetStructuredErrorFunc(&t, schema_error); // the XML parser's own errors
		xmlSchemaSetParserStructuredErrors(p, schema_error, &t);
		s = xmlSchemaParse(p);
		xmlSchemaFreeParserCtxt(p);
		xmlSetStructuredErrorFunc(NULL, NULL);
	}
	set_files = NULL;
	set_count = 0;
	// libxml2 takes an import it could not load for a warning; the references into it are errors, so nothing is accepted by omission.
	if (s == NULL && err[0] == 0)
		snprintf(err, errlen, "cannot compile %s", entry);
	return s;
}
