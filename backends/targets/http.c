/* SPDX-License-Identifier: MIT */
#include "backends/targets/http.h"

/* The checks of types are macros of the same names. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "backends/targets/remote.h"
#include "core/base/file.h"
#include "core/base/library.h"
#include "core/base/mem.h"

static struct {
	LIBRARY_POINTER(curl_easy_cleanup);
	LIBRARY_POINTER(curl_easy_getinfo);
	LIBRARY_POINTER(curl_easy_init);
	LIBRARY_POINTER(curl_easy_perform);
	LIBRARY_POINTER(curl_easy_reset);
	LIBRARY_POINTER(curl_easy_setopt);
	LIBRARY_POINTER(curl_easy_strerror);
	LIBRARY_POINTER(curl_global_cleanup);
	LIBRARY_POINTER(curl_global_init);
	LIBRARY_POINTER(curl_slist_append);
	LIBRARY_POINTER(curl_slist_free_all);
} libcurl;

static const struct library_function functions[] = {
	LIBRARY_FUNCTION(libcurl, curl_easy_cleanup),
	LIBRARY_FUNCTION(libcurl, curl_easy_getinfo),
	LIBRARY_FUNCTION(libcurl, curl_easy_init),
	LIBRARY_FUNCTION(libcurl, curl_easy_perform),
	LIBRARY_FUNCTION(libcurl, curl_easy_reset),
	LIBRARY_FUNCTION(libcurl, curl_easy_setopt),
	LIBRARY_FUNCTION(libcurl, curl_easy_strerror),
	LIBRARY_FUNCTION(libcurl, curl_global_cleanup),
	LIBRARY_FUNCTION(libcurl, curl_global_init),
	LIBRARY_FUNCTION(libcurl, curl_slist_append),
	LIBRARY_FUNCTION(libcurl, curl_slist_free_all),
	{ NULL, NULL }
};

static struct library library = { "libcurl.so.4", "libcurl4", functions, false };

#define curl_easy_cleanup libcurl.curl_easy_cleanup
#undef curl_easy_getinfo
#undef curl_easy_setopt
#define curl_easy_getinfo libcurl.curl_easy_getinfo
#define curl_easy_init libcurl.curl_easy_init
#define curl_easy_perform libcurl.curl_easy_perform
#define curl_easy_reset libcurl.curl_easy_reset
#define curl_easy_setopt libcurl.curl_easy_setopt
#define curl_easy_strerror libcurl.curl_easy_strerror
#define curl_global_cleanup libcurl.curl_global_cleanup
#define curl_global_init libcurl.curl_global_init
#define curl_slist_append libcurl.curl_slist_append
#define curl_slist_free_all libcurl.curl_slist_free_all

#define HEAD_MS 5000            /* for a hasty look, once the machine answered */
#define STALL_SECONDS (REMOTE_SILENCE_MS / 1000)

struct http {
	CURL *curl;
	char said[CURL_ERROR_SIZE];
};

/* One request on its way. */
struct exchange {
	const struct http_request *request;
	struct http_answer *answer;
	uint64_t sent;
	bool is_too_long;
	bool has_failed;                /* reading our own file */
	struct error why;
};

struct http *
http_open(struct error *err)
{
	struct http *h;

	if (library_load(&library, err) < 0)
		return NULL;
	h = mem_alloc(sizeof(*h));
	/* Counted by libcurl: any number of times, from any thread. */
	curl_global_init(CURL_GLOBAL_DEFAULT);
	h->curl = curl_easy_init();
	return h;
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	if (h->curl != NULL)
		curl_easy_cleanup(h->curl);
	curl_global_cleanup();
	mem_free(h);
}

void
http_answer_free(struct http_answer *a)
{
	buf_free(&a->body);
	buf_free(&a->headers);
}

static size_t
take_body(char *p, size_t one, size_t n, void *argument)
{
	struct exchange *x = argument;

	(void)one;
	if (n > x->request->most - x->answer->body.n) {
		x->is_too_long = true;
		return 0;
	}
	buf_add_bytes(&x->answer->body, p, n);
	return n;
}

#define HEADERS_MAX ((size_t)256 * 1024)

static size_t
take_header(char *p, size_t one, size_t n, void *argument)
{
	struct exchange *x = argument;

	(void)one;
	/* Those of an answer that another follows (100, 401) are not its. */
	if (n > 5 && memcmp(p, "HTTP/", 5) == 0) {
		buf_clear(&x->answer->headers);
		buf_clear(&x->answer->body);
	}
	if (x->answer->headers.n + n <= HEADERS_MAX)
		buf_add_bytes(&x->answer->headers, p, n);
	return n;
}

static size_t
give_body(char *p, size_t one, size_t n, void *argument)
{
	struct exchange *x = argument;
	const struct http_request *q = x->request;
	uint64_t left = q->n - x->sent;
	size_t want = one * n < left ? one * n : (size_t)left;

	if (want == 0)
		return 0;
	if (q->fd < 0) {
		memcpy(p, q->bytes.p + x->sent, want);
	} else if (file_read_at(q->fd, q->at + x->sent, p, want, &x->why) < 0) {
		x->has_failed = true;
		return CURL_READFUNC_ABORT;
	}
	x->sent += want;
	return want;
}

/* A line that was kept may turn out to be closed when half is sent. */
static int
rewind_body(void *argument, curl_off_t offset, int origin)
{
	struct exchange *x = argument;

	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > x->request->n)
		return CURL_SEEKFUNC_FAIL;
	x->sent = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

static void
set_line(CURL *c)
{
	const char *authorities = remote_variable("SSL_CERT_FILE");
	uint64_t rate = remote_world()->rate;

	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "mailcask");
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)remote_connect_ms());
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 256L * 1024);
	curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (authorities != NULL)
		curl_easy_setopt(c, CURLOPT_CAINFO, authorities);
	if (rate > 0) {
		curl_easy_setopt(c, CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)rate);
		curl_easy_setopt(c, CURLOPT_MAX_RECV_SPEED_LARGE, (curl_off_t)rate);
	}
}

static void
set_request(CURL *c, const struct http_request *q, struct exchange *x)
{
	curl_easy_setopt(c, CURLOPT_URL, q->url);
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
	if (strcmp(q->method, "HEAD") == 0) {
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
		/* Somebody waits who has another place to go to. */
		if (remote_world()->connect_ms != 0)
			curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)remote_world()->connect_ms +
			    HEAD_MS);
	}
	if (q->user != NULL) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(c, CURLOPT_USERNAME, q->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, q->password != NULL ? q->password : "");
	}
	if (q->has_body) {
		curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)q->n);
		curl_easy_setopt(c, CURLOPT_READFUNCTION, give_body);
		curl_easy_setopt(c, CURLOPT_READDATA, x);
		curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, rewind_body);
		curl_easy_setopt(c, CURLOPT_SEEKDATA, x);
	}
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
}

static int
explain(struct http *h, CURLcode code, const struct exchange *x, bool *again, struct error *err)
{
	const char *said = h->said[0] != '\0' ? h->said : curl_easy_strerror(code);

	if (x->has_failed) {
		*err = x->why;
		return -1;
	}
	if (x->is_too_long)
		return fail(err, ERR_CORRUPT, "the server gives more bytes than were asked for");
	switch (code) {
	case CURLE_URL_MALFORMAT:
		return fail(err, ERR_USAGE, "%s", said);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return fail(err, ERR_UNREACHABLE, "%s; the variable SSL_CERT_FILE may name a file "
		    "with the authority that signed its certificate", said);
	default:
		*again = true;
		return fail(err, ERR_UNREACHABLE, "%s", said);
	}
}

int
http_send(struct http *h, struct http_request *request, struct http_answer *out, bool *again,
    struct error *err)
{
	struct exchange x = { .request = request, .answer = out };
	struct curl_slist *headers = NULL;
	CURLcode code;
	size_t i;

	buf_clear(&out->body);
	buf_clear(&out->headers);
	*again = false;
	if (h->curl == NULL) {
		vec_free(&request->headers);
		return fail(err, ERR_SYSTEM, "libcurl does not start");
	}
	if (request->has_body && request->fd < 0)
		request->n = request->bytes.n;
	/* The options of the last request go, the line stays. */
	curl_easy_reset(h->curl);
	h->said[0] = '\0';
	curl_easy_setopt(h->curl, CURLOPT_ERRORBUFFER, h->said);
	set_line(h->curl);
	set_request(h->curl, request, &x);
	/* A server that does not know "Expect" would cost a second. */
	headers = curl_slist_append(NULL, "Expect:");
	for (i = 0; i < request->headers.n; i++)
		headers = curl_slist_append(headers, request->headers.items[i]);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
	code = curl_easy_perform(h->curl);
	curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	vec_free(&request->headers);
	if (code != CURLE_OK)
		return explain(h, code, &x, again, err);
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &out->status);
	return 0;
}

struct slice
http_header(const struct http_answer *a, const char *name)
{
	struct slice rest = buf_slice(&a->headers), line;
	size_t n = strlen(name);

	while (slice_line(&rest, &line))
		if (slice_starts_nocase(line, name) && line.n > n && line.p[n] == ':')
			return slice_trim(slice_from(line, n + 1));
	return SLICE_EMPTY;
}

bool
http_is_temporary(long status)
{
	return status == 408 || status == 425 || status == 429 || status >= 500;
}
