/* SPDX-License-Identifier: MIT */

/*
 * Runs a fuzz target over the files named, with any compiler: each input
 * whole, and every beginning of the short ones, because parsers break where
 * their input ends.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIXES_UP_TO 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of just that size, so that a sanitizer sees a read behind its end. */
static void
feed(const uint8_t *data, size_t size)
{
	uint8_t *copy = calloc(1, size ? size : 1);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static int
replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t n = 0, got, i;

	if (!f)
		return -1;
	do {
		data = realloc(data, n + 65536);
		if (!data)
			abort();
		got = fread(data + n, 1, 65536, f);
		n += got;
	} while (got > 0);
	fclose(f);
	feed(data, n);
	for (i = 0; n <= PREFIXES_UP_TO && i < n; i++)
		feed(data, i);
	free(data);
	return 0;
}

int
main(int argc, char **argv)
{
	int i, failed = 0;

	feed((const uint8_t *)"", 0);
	for (i = 1; i < argc; i++) {
		if (replay(argv[i]) < 0) {
			printf("%s: cannot be read\n", argv[i]);
			failed++;
		}
	}
	printf("%d passed, %d failed\n", argc - failed, failed);
	return failed > 0;
}
