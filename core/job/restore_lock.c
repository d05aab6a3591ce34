/* SPDX-License-Identifier: MIT */
#include "core/job/restore_lock.h"

#include <inttypes.h>

#include "core/base/digest.h"
#include "core/base/file.h"
#include "core/base/path.h"

int
restore_lock_take(struct restore_lock *lock, const char *data_directory, const char *to,
    struct error *err)
{
	struct arena *a = &lock->arena;
	uint64_t place = to ? fingerprint64(slice_string(path_clean(a, to))) : 0;

	if (file_make_directories(data_directory, 0700, err) < 0)
		return -1;
	lock->path = path_join(a, data_directory,
	    arena_format(a, "restore-%016" PRIx64 ".lock", place));
	if (file_lock(lock->path, &lock->fd, err) == 0)
		return 0;
	if (err->code == ERR_LOCKED)
		fail(err, ERR_LOCKED, "another run is restoring to %s", to ? to : "the same place");
	return -1;
}

void
restore_lock_drop(struct restore_lock *lock)
{
	struct error ignored = ERROR_NONE;

	if (lock->fd >= 0) {
		file_remove(lock->path, &ignored);
		file_close(lock->fd);
		lock->fd = -1;
	}
	arena_free(&lock->arena);
}
