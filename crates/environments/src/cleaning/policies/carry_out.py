"""Carries out a repair plan: steps that run in order, keyed by source and never by row."""

import json
import math
import os
import re
import struct
import sys
from datetime import datetime, timedelta

import pandas as pd

PLAN = json.loads(__PLAN__)

MISSING = {"", "NaN", "nan", "-nan", "-NaN", "NA", "<NA>", "N/A", "n/a", "#N/A", "NULL", "null", "None", "NaT", "#NA", "#N/A N/A"}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
SLIPS_MAX = 2
SCALES = (10.0, 100.0, 1000.0)
SIGNS = {"dot_comma": (".", ","), "blank_comma": (" ", ","), "apostrophe_point": ("'", ".")}
DATES = {
    "day_slash": "%d/%m/%Y %H:%M:%S",
    "day_dot": "%d.%m.%Y %H:%M:%S",
    "month_slash": "%m/%d/%Y %H:%M:%S",
    "compact": "%Y%m%dT%H%M%S",
}
# Windows-1252 at 0x80 to 0x9f; its five holes are the control characters of the same number.
HIGH = [
    bytes([code]).decode("cp1252", errors="ignore") or chr(code) for code in range(0x80, 0xA0)
]


def text(cell):
    """The cell as the export writes it."""
    if isinstance(cell, str):
        return cell
    if cell is None or cell != cell:
        return ""
    return repr(cell)


def number(cell):
    """The cell's number, or None."""
    if isinstance(cell, str):
        plain = cell.strip()
        cell = float(plain) if NUMBER.fullmatch(plain) else math.nan
    return float(cell) if cell is not None and math.isfinite(cell) else None


def is_missing(cell):
    return text(cell).strip() in MISSING


def rounded(value, decimals):
    """Half away from zero, as the export rounds."""
    if decimals is None:
        return value
    scale = float(10**decimals)
    scaled = value * scale
    whole = math.trunc(scaled)
    if abs(scaled - whole) >= 0.5:
        whole += 1 if scaled > 0 else -1
    return whole / scale if abs(scaled) < 9e15 else value


def same(left, right):
    a, b = number(left), number(right)
    return a == b if a is not None and b is not None else text(left).strip() == text(right).strip()


def comparable(cell):
    value = number(cell)
    return text(cell).strip() if value is None or is_missing(cell) else repr(value)


def affine(cell, fix):
    value = number(cell)
    return None if value is None else rounded((value - fix["offset"]) / fix["factor"], fix["decimals"])


def decimal_shift(cell, fix):
    value, low, high = number(cell), fix["low"], fix["high"]
    if value is None or low <= value <= high:
        return None
    tried = [value * scale for scale in SCALES] + [value / scale for scale in SCALES]
    inside = [candidate for candidate in tried if low <= candidate <= high]
    return rounded(inside[0], fix["decimals"]) if len(inside) == 1 else None


def bit_flip(cell, fix):
    value, low, high = number(cell), fix["low"], fix["high"]
    if value is None or low <= value <= high:
        return None
    (bits,) = struct.unpack("<Q", struct.pack("<d", value))
    tried = [struct.unpack("<d", struct.pack("<Q", bits ^ (1 << bit)))[0] for bit in range(52, 64)]
    inside = [candidate for candidate in tried if low <= candidate <= high]
    return inside[0] if len(inside) == 1 else None


def sentinel(cell, fix):
    return "" if any(same(value, cell) for value in fix["values"]) else None


def out_of_range(cell, fix):
    value = number(cell)
    return None if value is None or fix["low"] <= value <= fix["high"] else ""


def recode(cell, fix):
    return fix["map"].get(text(cell))


def key(spelling):
    return "".join(c.lower() for c in spelling if not c.isspace() and c not in "_-.")


def canonical(cell, fix):
    spelling = text(cell)
    if spelling in fix["levels"]:
        return None
    wanted = key(spelling)
    meanings = {level for level in fix["levels"] if key(level) == wanted}
    meanings |= {level for alias, level in fix["aliases"].items() if key(alias) == wanted}
    return meanings.pop() if len(meanings) == 1 else None


def slips(left, right):
    """How many letters are replaced, left out, put in or exchanged with their neighbour."""
    rows = [list(range(len(right) + 1))]
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            least = min(rows[-1][j] + 1, row[j - 1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b and a != b:
                least = min(least, rows[-2][j - 2] + 1)
            row.append(least)
        rows.append(row)
    return rows[-1][-1]


def nearest(cell, fix):
    distances = [slips(text(cell), level) for level in fix["levels"]]
    least = min(distances, default=0)
    return fix["levels"][distances.index(least)] if 1 <= least <= SLIPS_MAX and distances.count(least) == 1 else None


def dates(cell, fix):
    plain = text(cell).strip()
    try:
        if fix["format"] in DATES:
            pattern = DATES[fix["format"]]
            moment = datetime.strptime(plain, pattern)
            if moment.strftime(pattern) != plain:
                return None
        elif re.fullmatch(r"\d{1,15}", plain, re.ASCII):
            seconds = int(plain) if fix["format"] == "epoch_seconds" else int(plain) // 1000
            moment = datetime(1970, 1, 1) + timedelta(seconds=seconds)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def write_number(plain, signs):
    """A plain decimal text in another country's spelling, or None."""
    thousands, decimal = signs
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    whole, _, fraction = digits.partition(".")
    if not re.fullmatch(r"\d+", whole, re.ASCII) or not re.fullmatch(r"\d*", fraction, re.ASCII):
        return None
    groups = []
    while len(whole) > 3:
        whole, last = whole[:-3], whole[-3:]
        groups.insert(0, last)
    return sign + thousands.join([whole, *groups]) + (decimal + fraction if fraction else "")


def number_format(cell, fix):
    thousands, decimal = signs = SIGNS[fix["format"]]
    spelling = text(cell).strip()
    plain = spelling.replace(thousands, "").replace(decimal, ".")
    if not NUMBER.fullmatch(plain) or write_number(plain, signs) != spelling:
        return None
    return float(plain)


def mojibake(cell, fix):
    plain = original = text(cell)
    try:
        for _ in range(fix["rounds"]):
            codes = [0x80 + HIGH.index(c) if c in HIGH else ord(c) for c in plain]
            plain = bytes(codes).decode("utf-8")
    except ValueError:
        return None
    return plain if plain != original else None


CELL_FIXES = {
    "affine": affine,
    "decimal_shift": decimal_shift,
    "bit_flip": bit_flip,
    "sentinel": sentinel,
    "out_of_range": out_of_range,
    "recode": recode,
    "canonical": canonical,
    "nearest": nearest,
    "dates": dates,
    "number": number_format,
    "mojibake": mojibake,
}


def formula_value(formula, read):
    total = 0.0
    for term in formula["terms"]:
        product = term["coefficient"]
        for column, power in term["powers"]:
            value = number(read(column))
            if value is None:
                return None
            for _ in range(abs(power)):
                if power < 0 and value == 0:
                    return None
                product = product * value if power > 0 else product / value
        total += product
    return rounded(total, formula["decimals"])


def carry_out(step, cells, rows):
    """One step on the rows that it touches; the rows that are left."""
    fix, columns = step["fix"], step["columns"]
    sources = cells[PLAN["source_column"]]
    touched = [row for row in rows if not step["sources"] or text(sources[row]) in step["sources"]]
    if fix in CELL_FIXES:
        for column in columns:
            values = cells[column]
            for row in touched:
                new = None if values[row] is None else CELL_FIXES[fix](values[row], step)
                if new is not None:
                    values[row] = new
    elif fix == "swap":
        left, right = (cells[column] for column in columns)
        for row in touched:
            left[row], right[row] = right[row], left[row]
    elif fix == "lag":
        for column in columns:
            old = [cells[column][row] for row in touched]
            for index, row in enumerate(touched):
                cells[column][row] = old[(index + step["lag"]) % len(touched)]
    elif fix == "dedupe":
        seen, gone = set(), set()
        for row in touched:
            payload = tuple(comparable(cells[column][row]) for column in columns)
            if payload in seen:
                gone.add(row)
            seen.add(payload)
        rows = [row for row in rows if row not in gone]
    elif fix == "fill":
        for column in columns:
            for row in touched:
                if is_missing(cells[column][row]):
                    value = formula_value(step["formula"], lambda name: cells[name][row])
                    if value is not None:
                        cells[column][row] = value
    else:
        sys.exit(f"unknown step {fix}")
    return rows


def columns_of_schema():
    """The columns as schema.json has them."""
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "schema.json"), encoding="utf-8") as file:
        return json.load(file)["columns"]


def roles():
    """What each column is for."""
    return {column["name"]: column["role"] for column in columns_of_schema()}


def repaired(frame):
    """The frame after every step of the plan."""
    kinds = {column["name"]: column["kind"] for column in columns_of_schema()}
    cells = {}
    for name in frame.columns:
        values = [None if value != value else value for value in frame[name].tolist()]
        if kinds.get(name) == "integer":
            values = [int(v) if isinstance(v, float) and v == int(v) else v for v in values]
        cells[name] = values
    rows = list(range(len(frame)))
    for step in PLAN["steps"]:
        rows = carry_out(step, cells, rows)
    return pd.DataFrame({name: [values[row] for row in rows] for name, values in cells.items()})
