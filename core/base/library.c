/* SPDX-License-Identifier: MIT */
#include "core/base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int
load(struct library *l, struct error *err)
{
	const struct library_function *f;
	void *handle = dlopen(l->file, RTLD_NOW | RTLD_LOCAL), *found;

	if (handle == NULL)
		return fail(err, ERR_SYSTEM, "%s; install the package %s", dlerror(), l->package);
	for (f = l->functions; f->name != NULL; f++) {
		found = dlsym(handle, f->name);
		if (found == NULL)
			return fail(err, ERR_SYSTEM, "%s has no %s; install a newer package %s",
			    l->file, f->name, l->package);
		/* POSIX has pointers to functions and to data of one size. */
		memcpy(f->pointer, &found, sizeof(found));
	}
	l->is_loaded = true;
	return 0;
}

int
library_load(struct library *l, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&lock);
	if (!l->is_loaded)
		rc = load(l, err);
	pthread_mutex_unlock(&lock);
	return rc;
}
