/* SPDX-License-Identifier: MIT */
#ifndef CORE_ARCHIVE_CHECK_H
#define CORE_ARCHIVE_CHECK_H

#include "core/archive/archive.h"
#include "core/base/vec.h"

struct progress;
struct workers;

/*
 * Proving an archive, without the catalog.  Never stops at the first fault
 * and changes nothing.
 *
 * Always: the identity; every index and snapshot is whole (its bytes match
 * its name) and parses; the chain of snapshots; every pack that an index
 * names is there with the size it had; every listing, message, part and
 * chunk that a snapshot needs has a place.  With read_data also: every pack's
 * bytes match its name, and where they do not, which objects were hit.
 */

/*
 * Which packs' bytes are read: the number-th of so many shares of about the same
 * size, chosen by the packs' names, so that all of them in turn are all packs,
 * whichever come and go meanwhile.
 */
struct check_share {
	unsigned number, of;    /* of 0: none */
};

#define CHECK_NOTHING ((struct check_share){ 0, 0 })
#define CHECK_ALL ((struct check_share){ 1, 1 })

struct check_fault {
	const char *file;       /* at the target; NULL when no one file is to blame */
	const char *object;     /* "messages/…", or NULL */
	const char *what;       /* a sentence */
	/* For an object of mail: what it costs. */
	struct digest id;
	enum object_kind kind;
	bool has_id;
};

struct check_report {
	struct arena arena;
	VEC(struct check_fault) faults;
	uint64_t objects, bytes, snapshots, packs;
	/* Messages that cannot be given back whole (sorted, each once). */
	VEC(struct digest) lost_messages;
};

/* head: the last snapshot this machine saw, or NULL: it and its ancestors
 * must still be there.  workers read the packs; NULL: this thread does.  0 also
 * when faults were found; -1 only when the check itself could not go on. */
int archive_check(struct archive *a, struct check_share read_data, const char *head,
    struct workers *workers, struct progress *progress, struct check_report *out, struct error *err);
/* What can be known of an encrypted archive without its key: every file is whole
 * that is there.  As archive_check(). */
int archive_check_names(struct archive *a, struct check_share read_data,
    struct workers *workers, struct progress *progress, struct check_report *out, struct error *err);
/* A file that the caller knows of; nothing where the report names it already. */
void archive_check_missing(struct check_report *out, const char *file);
/* A snapshot that this machine has seen, with its digest: another one in its
 * place, or none, is a fault of the report. */
void archive_check_seen(struct archive *a, const char *id, const struct digest *seen,
    struct check_report *out);
void check_report_free(struct check_report *r);

#endif
