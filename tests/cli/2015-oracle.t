#!/bin/sh
# SPDX-License-Identifier: MIT
# Generated queries find what a linear scan finds.
. "$(dirname "$0")/lib.sh"

t "as a linear scan" python3 "$tests/search_oracle.py" "$mailcask" "$work" "${MAILCASK_QUERIES:-100}" \
    "${MAILCASK_SEED:-1}"
finish
