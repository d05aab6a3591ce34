/* SPDX-License-Identifier: MIT */
#ifndef CORE_MAIL_LIBGMIME_H
#define CORE_MAIL_LIBGMIME_H

#include <gmime/gmime.h>

#include "core/base/library.h"

/*
 * GMime and GLib for this folder, see core/base/library.h; loaded and started
 * at the first call, for which there is no thread too early.  Where they are
 * missing that ends the program, as want of memory does.
 */
struct libgmime {
	LIBRARY_POINTER(g_date_time_get_utc_offset);
	LIBRARY_POINTER(g_date_time_get_year);
	LIBRARY_POINTER(g_date_time_to_unix);
	LIBRARY_POINTER(g_date_time_unref);
	LIBRARY_POINTER(g_free);
	LIBRARY_POINTER(g_mime_content_encoding_from_string);
	LIBRARY_POINTER(g_mime_encoding_base64_decode_step);
	LIBRARY_POINTER(g_mime_encoding_init_decode);
	LIBRARY_POINTER(g_mime_encoding_outlen);
	LIBRARY_POINTER(g_mime_encoding_step);
	LIBRARY_POINTER(g_mime_init);
	LIBRARY_POINTER(g_mime_utils_header_decode_date);
	LIBRARY_POINTER(g_utf8_normalize);
};

const struct libgmime *libgmime(void);

#endif
