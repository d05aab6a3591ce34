# SPDX-License-Identifier: MIT
"""NeoMutt: as mutt."""
import functools

import mutt

prepare = mutt.prepare
drive = functools.partial(mutt.drive, program="neomutt")
