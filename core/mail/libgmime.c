/* SPDX-License-Identifier: MIT */
#include "core/mail/libgmime.h"

#include <pthread.h>

#include "core/base/mem.h"

#undef g_free

static struct libgmime gmime;

static const struct library_function functions[] = {
	LIBRARY_FUNCTION(gmime, g_date_time_get_utc_offset),
	LIBRARY_FUNCTION(gmime, g_date_time_get_year),
	LIBRARY_FUNCTION(gmime, g_date_time_to_unix),
	LIBRARY_FUNCTION(gmime, g_date_time_unref),
	LIBRARY_FUNCTION(gmime, g_free),
	LIBRARY_FUNCTION(gmime, g_mime_content_encoding_from_string),
	LIBRARY_FUNCTION(gmime, g_mime_encoding_base64_decode_step),
	LIBRARY_FUNCTION(gmime, g_mime_encoding_init_decode),
	LIBRARY_FUNCTION(gmime, g_mime_encoding_outlen),
	LIBRARY_FUNCTION(gmime, g_mime_encoding_step),
	LIBRARY_FUNCTION(gmime, g_mime_init),
	LIBRARY_FUNCTION(gmime, g_mime_utils_header_decode_date),
	LIBRARY_FUNCTION(gmime, g_utf8_normalize),
	{ NULL, NULL }
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
start(void)
{
	static struct library library = { "libgmime-3.0.so.0", "libgmime-3.0-0", functions, false };
	struct error err = ERROR_NONE;

	if (library_load(&library, &err) < 0)
		mem_give_up(err.text);
	gmime.g_mime_init();
}

const struct libgmime *
libgmime(void)
{
	pthread_once(&once, start);
	return &gmime;
}
