/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_FUZZKIT_H
#define TESTS_FUZZ_FUZZKIT_H

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char fuzz_directory_name[4096];

static inline const char *
fuzz_path(const char *name)
{
	static char path[4200];

	snprintf(path, sizeof(path), "%s/%s", fuzz_directory_name, name);
	return path;
}

static inline void
fuzz_remove_directory(void)
{
	unlink(fuzz_path("input"));
	rmdir(fuzz_directory_name);
}

/* A directory of our own, for readers that want files of given names in it. */
static inline const char *
fuzz_directory(void)
{
	const char *parent = getenv("TMPDIR");

	if (fuzz_directory_name[0] == '\0') {
		snprintf(fuzz_directory_name, sizeof(fuzz_directory_name), "%s/mailcask-fuzz.XXXXXX",
		    parent != NULL ? parent : "/tmp");
		if (mkdtemp(fuzz_directory_name) == NULL)
			abort();
		atexit(fuzz_remove_directory);
	}
	return fuzz_directory_name;
}

/* Make the file name in there hold the input; its path, until the next call. */
static inline const char *
fuzz_file_called(const char *name, const uint8_t *data, size_t size)
{
	const char *path;
	int fd;

	fuzz_directory();
	path = fuzz_path(name);
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) < 0)
		abort();
	return path;
}

static inline const char *
fuzz_file(const uint8_t *data, size_t size)
{
	return fuzz_file_called("input", data, size);
}

#endif
