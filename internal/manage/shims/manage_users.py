#!/usr/bin/env python3
"""Hands its command line to Atrium: ATRIUM_BIN, else ../bin/atrium, else PATH's atrium."""

import os
import shutil
import sys

beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bin", "atrium")
binary = os.environ.get("ATRIUM_BIN") or (beside if os.access(beside, os.X_OK) else shutil.which("atrium"))
if not binary:
    sys.exit("atrium was not found: build it (make build), install it, or set ATRIUM_BIN to its path")
os.execv(binary, ["manage_users", *sys.argv[1:]])
