/* SPDX-License-Identifier: MIT */
#include "core/base/secret.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "core/base/buf.h"

void
secret_guard(void)
{
	const struct rlimit none = { 0, 0 };

	/* The first also keeps out debuggers; the second holds where a system
	 * is set to dump whatever a process says of itself. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &none);
}

void
secret_wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}

void
secret_free(struct buf *b)
{
	secret_wipe(b->p, b->cap);
	buf_free(b);
}

void
secret_random(void *p, size_t n)
{
	unsigned char *to = p;
	ssize_t got;

	while (n > 0) {
		got = getrandom(to, n, 0);
		assert(got > 0 || (got < 0 && errno == EINTR));
		if (got <= 0)
			continue;
		to += got;
		n -= (size_t)got;
	}
}
