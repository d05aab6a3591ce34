#!/bin/sh
# SPDX-License-Identifier: MIT
# A sample of "make crash": a backup is stopped at some of its durable calls.
. "$(dirname "$0")/lib.sh"

MAILCASK=$mailcask "$tests/crash/crash.sh" --plain 11 kill EIO ENOSPC short >out 2>err
t "stopped at every eleventh durable call" is $? 0
t "all of them held" is "$(tail -n 1 out | sed 's/.*, //')" "0 failed"
MAILCASK=$mailcask "$tests/crash/crash.sh" --encrypted 23 kill EIO ENOSPC >out 2>err
t "the same with an encrypted archive" is $? 0
t "all of them held" is "$(tail -n 1 out | sed 's/.*, //')" "0 failed"
MAILCASK=$mailcask "$tests/crash/crash.sh" --tending 17 kill EIO ENOSPC +ENOSPC >out 2>err
t "forget, prune and repair at every seventeenth" is $? 0
t "all of them held" is "$(tail -n 1 out | sed 's/.*, //')" "0 failed"
finish
