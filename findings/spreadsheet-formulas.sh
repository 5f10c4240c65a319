#!/usr/bin/env bash
# A text that begins with "=" does not come back from an Excel file that pandas has written, without a word.
#
# Versions:  pandas 3.1.1 with openpyxl 3.1.5 and XlsxWriter 3.3.1 (needs Python 3.11 or newer, and a package index)
# Input:     a table with the text "=Secret99", such as a password, written with DataFrame.to_excel and its defaults
# Expected:  read_excel gives the text that was written, or one of the two calls fails
# Seen:      both engines write a formula. None of them computes: openpyxl leaves the value empty, and it is read as
#            NaN; XlsxWriter writes the value 0, and it is read as the number 0. Only the workbook's fullCalcOnLoad="1"
#            tells that no value in it can be believed. In .ods the text comes back.
#
# So a reader of lists must not take a formula with an empty value for an empty cell, nor a value for a value before it
# has looked at fullCalcOnLoad. The script fails when any of this changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check pandas==3.1.1 openpyxl==3.1.5 XlsxWriter==3.3.1 odfpy==1.4.1

cat >seen.py <<'EOF'
import re
import zipfile

import pandas


def part(file, name):
    return zipfile.ZipFile(file).read(name).decode()


written = pandas.DataFrame({"username": ["ann"], "password": ["=Secret99"]})
for engine in ["openpyxl", "xlsxwriter", "odf"]:
    file = engine + (".ods" if engine == "odf" else ".xlsx")
    written.to_excel(file, index=False, engine=engine)
    back = pandas.read_excel(file)["password"][0]
    print(f"{engine}: written '=Secret99', read {type(back).__name__} {back}")
    if engine != "odf":
        print("  cell:", re.search(r'<c r="B2".*?</c>', part(file, "xl/worksheets/sheet1.xml")).group())
        print("  workbook:", re.search(r'fullCalcOnLoad="."', part(file, "xl/workbook.xml")).group())
EOF
env/bin/python seen.py | tee seen.txt

cat >expected.txt <<'EOF'
openpyxl: written '=Secret99', read float64 nan
  cell: <c r="B2"><f>Secret99</f><v /></c>
  workbook: fullCalcOnLoad="1"
xlsxwriter: written '=Secret99', read int64 0
  cell: <c r="B2"><f>Secret99</f><v>0</v></c>
  workbook: fullCalcOnLoad="1"
odf: written '=Secret99', read str =Secret99
EOF
diff expected.txt seen.txt && echo "as described"
