/* SPDX-License-Identifier: MIT */
#ifndef CORE_JOB_NEWTREE_H
#define CORE_JOB_NEWTREE_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/file.h"

/*
 * A tree of new files that appears in a directory when it is whole.  It grows
 * in a directory of ours inside that one, and what is topmost in it is moved
 * up at the end.  A run that was killed leaves that directory, with a list of
 * what it was about to move: the next one takes it back and begins again.
 * Nothing that is not ours is touched.
 *
 * Call order: begin, fill the directory at path, then commit or abandon.
 */
struct newtree {
	const char *to, *work, *moves;
	const char *path;       /* to be filled */
	struct root *root;      /* of to */
	bool made_it;           /* to was not there */
	bool may_have_others;   /* to may hold files beside the new ones */
	struct arena arena;
};

/* ERR_EXISTS where to holds other files and may not. */
int newtree_begin(struct newtree *t, const char *to, bool may_have_others, struct error *err);
/* ERR_EXISTS where a name is taken; then nothing was moved.  Ends it in any case. */
int newtree_commit(struct newtree *t, struct error *err);
/* After a failure; what cannot be removed is left to the next run. */
void newtree_abandon(struct newtree *t);

/* Remove a directory of ours with all that is in it; missing: fine. */
int newtree_remove(const char *path, struct error *err);

#endif
