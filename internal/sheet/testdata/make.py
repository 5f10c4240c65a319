"""Writes the files beside it, as programs of this field write them. They are kept, so that tests need none of these
programs: python -m pip install openpyxl==3.1.5 pandas==3.1.1 XlsxWriter==3.3.1 odfpy==1.4.1, and LibreOffice 7.4 for
those whose names say so (its path is the argument):

    python make.py /usr/bin/soffice
"""

import datetime
import pathlib
import subprocess
import sys
import tempfile

import openpyxl
import pandas
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

HERE = pathlib.Path(__file__).parent


def formulas():
    """What looks like a formula and was meant as a password, in a list that a program made."""
    rows = pandas.DataFrame(
        {
            "username": ["ann", "ben", "cleo"],
            "password": ["=Secret99", "correct horse", 1234567890123456],
            "groups": ["cs101", "cs101", "cs101"],
        }
    )
    rows.to_excel(HERE / "pandas-openpyxl.xlsx", index=False, engine="openpyxl")
    rows.to_excel(HERE / "pandas-xlsxwriter.xlsx", index=False, engine="xlsxwriter")
    rows.to_excel(HERE / "pandas.ods", index=False, engine="odf")

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["username", "password", "groups", "admin", "remark"])
    sheet.append(["ann", "=Secret99", "cs101", False, ""])
    sheet.append(["ben", "correct horse", "=D1", False, ""])
    sheet.append(["cleo", "correct horse", "cs101", "=TRUE()", ""])
    sheet.append(["=A1&5", "correct horse", "cs101", False, ""])
    sheet.append(["dora", "correct horse", "cs101", True, "=1+1"])
    sheet["A7"] = ArrayFormula("A7:A9", "=E2:E4")
    sheet["C8"] = "cs101"
    sheet["A10"] = "emil"
    sheet["B10"] = DataTableFormula(ref="B10:B11", dt2D=False, r1="E1")
    sheet["A11"] = "fritz"
    book.save(HERE / "openpyxl.xlsx")

    book = xlsxwriter.Workbook(HERE / "xlsxwriter.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["username", "password", "groups"])
    sheet.write_row(1, 0, ["ann", "correct horse", "cs101"])
    sheet.write_array_formula("A3:A4", "{=E2:E3}")
    sheet.write_formula("A5", "=E2", None, "")
    sheet.write_row(5, 0, ["ben", "correct horse", "cs101"])
    book.close()


def shown(path):
    """What cells show otherwise than they hold it, on the second sheet."""
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active["A1"] = "Lists of spring"
    sheet = book.create_sheet("Class 5a")
    sheet.append(["username", "password", "groups", "quota"])
    for row, (value, code) in enumerate(
        [
            (7, '"stud"000'), (12345, "00\\-000"), (7, "0000"), (123456789, "000-00-0000"), (-7, '"stud"000'),
            (1, '"yes";"no";"none"'), (7, 'General" kg"'), (12.5, '0.0" cm"'), (1234567, '[<100]"a"0;"b"0'),
            (datetime.date(2026, 3, 1), "d-mmm"), (datetime.datetime(2026, 3, 1, 8, 30), "d.m.yyyy h:mm"),
            (datetime.time(8, 30), "h:mm"), (1234567890123456, "0"), (9007199254740993, "0"), (1234567.5, '#,##0.00 "€"'),
            (0.3, "0%"), ("'@staff", "@"), (True, "General"), (12345, "00 000"), ("ann", '@"@example.org"'),
        ],
        start=2,
    ):
        cell = sheet.cell(row, 1, value)
        cell.number_format = code
    sheet["B2"] = "correct horse"
    sheet["B2"].comment = Comment("by letter", "teacher")
    sheet["B3"] = "two  spaces\tand a tab\nand a line"
    sheet.row_dimensions[4].hidden = True
    hidden = book.create_sheet("Old")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "username"
    book.save(path)


def merged(path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.merge_cells("B1:C1")
    for row in [["username", "groups"], ["ann", "cs101"], ["ben"], ["cleo"]]:
        sheet.append(row)
    sheet.delete_rows(1)
    sheet.merge_cells("B2:B4")
    book.save(path)


def resaved(soffice):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        shown(folder / "libreoffice.xlsx")
        merged(folder / "libreoffice-merged.xlsx")
        (folder / "export.csv").write_text("username,admin,groups\nann,false,'@staff;''=odd\nben,false,''quoted\n'-rf,true,plain\n")
        for name, form in [
            ("libreoffice.xlsx", "ods"), ("libreoffice.xlsx", "xlsx"), ("libreoffice-merged.xlsx", "ods"),
            ("export.csv", "xlsx"), ("export.csv", "ods"),
        ]:
            out = folder / "out"
            subprocess.run([soffice, "--headless", "--convert-to", form, "--outdir", out, folder / name], check=True)
        for file in sorted((folder / "out").iterdir()):
            (HERE / file.name.replace("export", "libreoffice-export")).write_bytes(file.read_bytes())


if __name__ == "__main__":
    formulas()
    shown(HERE / "openpyxl-shown.xlsx")
    merged(HERE / "openpyxl-merged.xlsx")
    if len(sys.argv) > 1:
        resaved(sys.argv[1])
