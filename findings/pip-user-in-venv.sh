#!/usr/bin/env bash
# Python and pip disagree about a virtual environment whose include-system-site-packages is neither true nor false.
#
# Versions:  Python 3.11, pip 23.0.1 and pip 26.3 (needs a Python with venv, and a package index)
# Input:     a virtual environment with "include-system-site-packages = no" in pyvenv.cfg, where Python takes every word
#            but true for false; then pip install --user cowsay==6.1
# Expected:  pip takes it as Python does: no user site, and --user is refused, as with the word false
# Seen:      pip 23.0.1 says "Successfully installed", into a folder in which the environment's Python does not look.
#            pip 26.3 asks the site module and refuses. A .pth file that sets site.ENABLE_USER_SITE makes both accept,
#            and with PYTHONUSERBASE naming the environment itself they install where its Python does look.
#
# So whoever gives people an environment of their own can let --user, which many instructions say, do what is meant. The
# script fails when any of this changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export PIP_DISABLE_PIP_VERSION_CHECK=1

try() { # try PIP WORD USERBASE [PTH]
  python3 -m venv --clear env
  env/bin/python -m pip install --quiet "pip==$1"
  sed -i "s/^include-system-site-packages = .*/include-system-site-packages = $2/" env/pyvenv.cfg
  local said
  if [ $# -gt 3 ]; then
    echo "import site; setattr(site, 'ENABLE_USER_SITE', True)" >"$(echo env/lib/python3*/site-packages)/user.pth"
  fi
  said=$(PYTHONUSERBASE="$PWD/$3" env/bin/python -m pip install --user --no-warn-script-location cowsay==6.1 2>&1 | grep -o "Successfully installed\|User site-packages are [A-Za-z ]*") || true
  if PYTHONUSERBASE="$PWD/$3" env/bin/python -c 'import cowsay' 2>/dev/null; then
    echo "pip $1, $2, user base $3${4:+, .pth}: $said; it can be imported"
  else
    echo "pip $1, $2, user base $3${4:+, .pth}: $said; it cannot be imported"
  fi
}

{
  try 23.0.1 false user
  try 23.0.1 no user
  try 26.3 no user
  try 23.0.1 no env pth
  try 26.3 no env pth
} | tee seen.txt

cat >expected.txt <<'END'
pip 23.0.1, false, user base user: User site-packages are not visible in this virtualenv; it cannot be imported
pip 23.0.1, no, user base user: Successfully installed; it cannot be imported
pip 26.3, no, user base user: User site-packages are disabled for this Python; it cannot be imported
pip 23.0.1, no, user base env, .pth: Successfully installed; it can be imported
pip 26.3, no, user base env, .pth: Successfully installed; it can be imported
END
diff expected.txt seen.txt && echo "as described"
