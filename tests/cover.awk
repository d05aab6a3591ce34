# SPDX-License-Identifier: MIT
# Reads what "gcov -n" prints; a line for each file, the least covered first.
/^File '/ { file = substr($0, 7, length($0) - 7) }
/^Lines executed:/ && file !~ /^\// && file ~ /\.c$/ {
	split($0, a, /[:% ]+/)
	lines[file] = a[5]
	share[file] = a[3]
	file = "/"
}
END {
	for (f in lines) {
		total += lines[f]
		done += lines[f] * share[f] / 100
		printf "%6.2f %% of %5d  %s\n", share[f], lines[f], f | "sort -n"
	}
	close("sort -n")
	if (total)
		printf "%6.2f %% of %5d  all\n", 100 * done / total, total
}
