/* SPDX-License-Identifier: MIT */
#define LIBARCHIVE_NAMES        /* the functions themselves are meant here */
#include "core/base/libarchive.h"

struct libarchive libarchive;

static const struct library_function functions[] = {
	LIBRARY_FUNCTION(libarchive, archive_entry_clear),
	LIBRARY_FUNCTION(libarchive, archive_entry_copy_pathname),
	LIBRARY_FUNCTION(libarchive, archive_entry_filetype),
	LIBRARY_FUNCTION(libarchive, archive_entry_free),
	LIBRARY_FUNCTION(libarchive, archive_entry_hardlink),
	LIBRARY_FUNCTION(libarchive, archive_entry_hardlink_utf8),
	LIBRARY_FUNCTION(libarchive, archive_entry_new),
	LIBRARY_FUNCTION(libarchive, archive_entry_pathname),
	LIBRARY_FUNCTION(libarchive, archive_entry_pathname_utf8),
	LIBRARY_FUNCTION(libarchive, archive_entry_set_filetype),
	LIBRARY_FUNCTION(libarchive, archive_entry_set_mtime),
	LIBRARY_FUNCTION(libarchive, archive_entry_set_pathname),
	LIBRARY_FUNCTION(libarchive, archive_entry_set_perm),
	LIBRARY_FUNCTION(libarchive, archive_entry_set_size),
	LIBRARY_FUNCTION(libarchive, archive_entry_size),
	LIBRARY_FUNCTION(libarchive, archive_entry_size_is_set),
	LIBRARY_FUNCTION(libarchive, archive_error_string),
	LIBRARY_FUNCTION(libarchive, archive_filter_bytes),
	LIBRARY_FUNCTION(libarchive, archive_filter_code),
	LIBRARY_FUNCTION(libarchive, archive_read_data),
	LIBRARY_FUNCTION(libarchive, archive_read_free),
	LIBRARY_FUNCTION(libarchive, archive_read_new),
	LIBRARY_FUNCTION(libarchive, archive_read_next_header),
	LIBRARY_FUNCTION(libarchive, archive_read_open_fd),
	LIBRARY_FUNCTION(libarchive, archive_read_open_memory),
	LIBRARY_FUNCTION(libarchive, archive_read_support_filter_bzip2),
	LIBRARY_FUNCTION(libarchive, archive_read_support_filter_gzip),
	LIBRARY_FUNCTION(libarchive, archive_read_support_filter_xz),
	LIBRARY_FUNCTION(libarchive, archive_read_support_filter_zstd),
	LIBRARY_FUNCTION(libarchive, archive_read_support_format_raw),
	LIBRARY_FUNCTION(libarchive, archive_read_support_format_tar),
	LIBRARY_FUNCTION(libarchive, archive_read_support_format_zip),
	LIBRARY_FUNCTION(libarchive, archive_set_error),
	LIBRARY_FUNCTION(libarchive, archive_write_add_filter_gzip),
	LIBRARY_FUNCTION(libarchive, archive_write_add_filter_none),
	LIBRARY_FUNCTION(libarchive, archive_write_add_filter_zstd),
	LIBRARY_FUNCTION(libarchive, archive_write_close),
	LIBRARY_FUNCTION(libarchive, archive_write_data),
	LIBRARY_FUNCTION(libarchive, archive_write_finish_entry),
	LIBRARY_FUNCTION(libarchive, archive_write_free),
	LIBRARY_FUNCTION(libarchive, archive_write_header),
	LIBRARY_FUNCTION(libarchive, archive_write_new),
	LIBRARY_FUNCTION(libarchive, archive_write_open),
	LIBRARY_FUNCTION(libarchive, archive_write_set_bytes_in_last_block),
	LIBRARY_FUNCTION(libarchive, archive_write_set_bytes_per_block),
	LIBRARY_FUNCTION(libarchive, archive_write_set_filter_option),
	LIBRARY_FUNCTION(libarchive, archive_write_set_format_pax_restricted),
	LIBRARY_FUNCTION(libarchive, archive_write_set_format_zip),
	{ NULL, NULL }
};

static struct library library = { "libarchive.so.13", "libarchive13", functions, false };

int
libarchive_load(struct error *err)
{
	return library_load(&library, err);
}
