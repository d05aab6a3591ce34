/* SPDX-License-Identifier: MIT */
#ifndef CORE_BASE_VEC_H
#define CORE_BASE_VEC_H

#include <stddef.h>

#include "core/base/mem.h"

/*
 * The one growable array.  Declare a typed one with VEC(struct thing) name =
 * VEC_EMPTY; items are name.items[0 .. name.n).  vec_push() hands out a
 * pointer to a new zeroed item, valid until the next push.
 */
#define VEC(type) struct { type *items; size_t n, cap; }
#define VEC_EMPTY { NULL, 0, 0 }

void *vec_grow(void *items, size_t *cap, size_t n, size_t size);
#define vec_push(v) \
	((v)->items = vec_grow((v)->items, &(v)->cap, (v)->n, sizeof(*(v)->items)), \
	    &(v)->items[(v)->n++])
#define vec_free(v) \
	(mem_free((v)->items), (v)->items = NULL, (v)->n = (v)->cap = 0)
#define vec_clear(v) ((v)->n = 0)

#endif
