#!/bin/sh
# SPDX-License-Identifier: MIT
# Calls that are not made here, and who alone may print, exit, and read the
# environment or the clock.
set -u
bad=0
sources() { find "$@" -name '*.[ch]' | sort; }
# Comments and strings are not calls.
calls() { # pattern, files
	pattern=$1
	shift
	for f in "$@"; do
		sed -e 's|"\([^"\\]\|\\.\)*"|""|g' -e 's|/\*.*\*/||' -e '/\/\*/,/\*\//d' "$f" |
		    grep -nE "(^|[^a-zA-Z0-9_.>])($pattern)[ ]*\(" |
		    sed "s|^[0-9]*:[[:space:]]*|$f: |"
	done
}
refuse() { # what to say, pattern, files
	what=$1
	shift
	found=$(calls "$@")
	[ -z "$found" ] || { printf '%s\n' "$found" | sed "s|\$|    ($what)|"; bad=1; }
}
refuse 'is not called here' 'strcpy|strcat|sprintf|vsprintf|strtok|strtok_r|atoi|atol|atoll|atof|strncpy|strncat|gets|scanf|sscanf|fscanf|system|popen|setjmp|longjmp|alloca|mktemp|tempnam|tmpnam|rand|srand|vfork' \
    $(sources cmd core backends tests)
refuse 'memory comes from core/base/mem.h' 'malloc|calloc|realloc|strdup|strndup|asprintf|vasprintf|reallocarray' \
    $(sources cmd core backends | grep -v '^core/base/mem\.c$')
refuse 'only cmd/ prints and exits' 'printf|puts|putchar|fprintf|vfprintf|perror|exit|_exit|abort' \
    $(sources core backends | grep -vE '^core/base/(mem|fault)\.c$')
refuse 'only cmd/ reads the environment' 'getenv|secure_getenv|setlocale' $(sources core backends)
refuse 'only cmd/ reads the clock' 'time|gettimeofday|clock_gettime|localtime|localtime_r' \
    $(sources core backends)
refuse 'every durable call goes through core/base/file.h' \
    'fopen|fwrite|rename|renameat|renameat2|linkat?|unlink|unlinkat|mkdir|mkdirat|rmdir|ftruncate|truncate|fsync|fdatasync|syncfs|pwrite|pwritev|writev|write|creat' \
    $(sources core backends | grep -vE '^core/base/(file|file_write|root|fault|mem|directory)\.c$')
exit $bad
