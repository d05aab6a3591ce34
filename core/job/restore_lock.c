/* SPDX-License-Identifier: MIT */
#include "core/job/restore_lock.h"

#include "core/base/arena.h"
#include "core/base/digest.h"
#include "core/base/file.h"
#include "core/base/path.h"

int
restore_lock_take(const char *data_directory, const char *to, int *fd, struct error *err)
{
	struct arena a = ARENA_EMPTY;
	uint64_t place = to ? fingerprint64(slice_string(path_clean(&a, to))) : 0;
	int rc = file_make_directories(data_directory, 0700, err);

	if (rc == 0)
		rc = file_lock_one(path_join(&a, data_directory, "restore.lock"), place, fd, err);
	if (rc < 0 && err->code == ERR_LOCKED)
		fail(err, ERR_LOCKED, "another run is restoring to %s", to ? to : "the same place");
	arena_free(&a);
	return rc;
}
