/* SPDX-License-Identifier: MIT */
#ifndef CMD_PUSHING_H
#define CMD_PUSHING_H

#include "cmd/options.h"
#include "cmd/session.h"
#include "core/job/push.h"

/*
 * Copying to the other targets, as backup does it at its end and push alone.
 */
struct pushing {
	uint64_t transfers;
	const char *bandwidth_text, *max_age_text;
	uint64_t rate;                  /* bytes a second; 0: no limit */
	int64_t max_age;                /* seconds; -1: none was named */
	const char *only;               /* a copy's id; NULL: all */
	struct copy *stand_in;          /* the copy that takes the backup; NULL: the archive */
	const char *stand_in_snapshot;  /* that the backup made there */
	bool is_patient;                /* of a machine that does not answer */
	struct copies all;
	struct push_result result;
};

#define PUSHING_EMPTY { .transfers = 4, .max_age = -1, .all = COPIES_EMPTY }

#define OPTION_TRANSFERS(p) { .name = "transfers", .value = "N", \
	.help = "files at a time to each target; default: 4", .number = &(p)->transfers }
#define OPTION_BANDWIDTH(p) { .name = "bandwidth", .value = "RATE", \
	.help = "at most so many bytes a second over a network: 500k, 2M", \
	.text = &(p)->bandwidth_text }
#define OPTION_MAX_AGE(p) { .name = "max-age", .value = "AGE", \
	.help = "exit status 5 when a target has been away for longer: 36h, 2d, 4w", \
	.text = &(p)->max_age_text }

/* What the options say; 0, or the exit status of a mistake, which was said. */
int pushing_settle(struct pushing *p, const struct verb *verb);
/* Where the archive lies, as copies remember it. */
const char *pushing_of(struct session *s);
/* Open the session for writing: the archive, after it was given what it missed
 * while it was away; or where it is away the copy that can stand in. */
int pushing_open(struct pushing *p, struct session *s, enum job_mode mode, bool may_stand_in);
/* For an open session: the copies are read, and given what they lack.  0, or
 * the exit status of what nothing could go on after, which was said. */
int pushing_run(struct pushing *p, struct session *s);
/* Say what came of it, but for the JSON.  status: what is true already; gives
 * that or a graver one. */
int pushing_tell(const struct pushing *p, struct session *s, int status);
/* "targets": [...], a member. */
void pushing_json(const struct pushing *p, struct buf *line);
void pushing_free(struct pushing *p);

/* One copy's own members, as target list and status show them too. */
void copy_json(struct buf *line, const struct copy *c);

#endif
