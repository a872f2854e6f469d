"""Carries out a repair plan: steps that run in order, keyed by source and never by row."""

import json
import math
import os
import re
import struct
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
    "short_day_dot": "%d.%m.%y %H:%M:%S",
    "short_month_slash": "%m/%d/%y %H:%M:%S",
}
ISO = "%Y-%m-%d %H:%M:%S"
EPOCH = datetime(1970, 1, 1)
# The day 1970-01-01 as spreadsheets number it.
SERIALS = {"serial1900": 25569, "serial1904": 25569 - 1462}
WRAPS_MAX = 3
FORMULA_TOLERANCE = 1e-6
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
    kind = fix["format"]
    try:
        if kind in DATES:
            moment = datetime.strptime(plain, DATES[kind])
            if "%y" in DATES[kind] and moment.year < 2000:
                moment = moment.replace(year=moment.year + 100)
            if moment.strftime(DATES[kind]) != plain:
                return None
        elif kind in SERIALS and re.fullmatch(r"\d{5}\.\d{6}", plain, re.ASCII):
            whole, part = plain.split(".")
            seconds = (int(part) * 86400 + 500_000) // 1_000_000
            moment = EPOCH + timedelta(days=int(whole) - SERIALS[kind], seconds=seconds)
        elif kind.startswith("epoch") and re.fullmatch(r"\d{1,15}", plain, re.ASCII):
            moment = EPOCH + timedelta(seconds=int(plain) if kind == "epoch_seconds" else int(plain) // 1000)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return moment.strftime(ISO)


def moment_of(cell):
    """Seconds since 1970 of a moment as the table has it, or None."""
    try:
        return int((datetime.strptime(text(cell).strip(), ISO) - EPOCH).total_seconds())
    except ValueError:
        return None


def moment(cell, fix):
    seconds = moment_of(cell)
    return None if seconds is None else (EPOCH + timedelta(seconds=seconds - fix["seconds"])).strftime(ISO)


def zone(cell, fix):
    seconds = moment_of(cell)
    if seconds is None:
        return None
    ahead = fix["before"] if seconds < fix["since"] else fix["after"]
    return (EPOCH + timedelta(seconds=seconds - ahead)).strftime(ISO)


def wrap(cell, fix):
    value, low, high = number(cell), fix["low"], fix["high"]
    if value is None or low <= value <= high:
        return None
    turns = [float(sign * turn) for turn in range(1, WRAPS_MAX + 1) for sign in (1, -1)]
    inside = [back for back in (value + turn * fix["modulus"] for turn in turns) if low <= back <= high]
    return rounded(inside[0], fix["decimals"]) if len(inside) == 1 else None


def affix(cell, fix):
    plain = text(cell).strip()
    for beside in fix["affixes"]:
        if plain.endswith(beside):
            rest = plain.removesuffix(beside).strip()
        elif plain.startswith(beside):
            rest = plain.removeprefix(beside).strip()
        else:
            continue
        if rest:
            return rest
    return None


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
    "wrap": wrap,
    "affix": affix,
    "moment": moment,
    "zone": zone,
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


def formula_solve(formula, column, result, read):
    """The value of one of the formula's columns with which it gives the result, or None."""
    found, others = None, 0.0
    for term in formula["terms"]:
        product, own = term["coefficient"], None
        for name, power in term["powers"]:
            if name == column:
                own = power
                continue
            value = number(read(name))
            for _ in range(abs(power)):
                product = product * value if power > 0 else product / value
        if own is None:
            others += product
        elif found is not None:
            return None
        else:
            found = (product, own)
    if found is None:
        return None
    powered = (result - others) / found[0]
    if found[1] == 1:
        return powered
    if found[1] == -1:
        return 1.0 / powered
    root = powered if found[1] == 2 else 1.0 / powered if found[1] == -2 else -1.0
    return math.sqrt(root) if root >= 0 else None


def solve(column, row, step, cells):
    """The number with which the formula holds, in a row where it fails."""
    read = lambda name: cells[name][row]
    found, wanted = number(read(step["derived"])), formula_value(step["formula"], read)
    if number(cells[column][row]) is None or found is None or wanted is None:
        return None
    if abs(found - wanted) <= FORMULA_TOLERANCE * max(abs(found), abs(wanted)):
        return None
    try:
        value = wanted if column == step["derived"] else formula_solve(step["formula"], column, found, read)
    except ZeroDivisionError:
        return None
    return None if value is None or not math.isfinite(value) else rounded(value, step["decimals"])


def drift(column, row, step, cells):
    seconds, value = moment_of(cells[step["time"]][row]), number(cells[column][row])
    if seconds is None or value is None:
        return None
    return rounded(value / (1.0 + step["rate"] * ((seconds - step["origin"]) / 86400)), step["decimals"])


def recode_since(column, row, step, cells):
    seconds = moment_of(cells[step["time"]][row])
    late = seconds is not None and seconds >= step["since"]
    return step["map"].get(text(cells[column][row])) if late else None


def lookup(column, row, step, cells):
    return step["map"].get(text(cells[step["by"]][row]))


def trend(column, row, step, cells):
    seconds, value = moment_of(cells[step["time"]][row]), number(cells[column][row])
    if seconds is None or value is None:
        return None
    return rounded(value - step["rate"] * ((seconds - step["origin"]) / 86400), step["decimals"])


def twin(column, row, step, cells):
    return cells[step["twin"]][row] if is_missing(cells[column][row]) else None


# Fixes of a cell by what stands in other cells of its row.
ROW_FIXES = {"solve": solve, "drift": drift, "recode_since": recode_since, "lookup": lookup, "trend": trend, "twin": twin}


def frozen(touched, columns, step, cells):
    """The rows that repeat the one before in all columns, in runs that are long enough."""
    said, rows, begin = [], [], 0
    for row in touched:
        numbers = [legible(cells[column][row]) for column in columns]
        said.append(None if None in numbers else numbers)
    for end in range(1, len(said) + 1):
        if end == len(said) or said[end] is None or said[end] != said[begin]:
            if end - begin >= max(step["run"], 2):
                rows.extend(touched[begin + 1 : end])
            begin = end
    return rows


def supersede(touched, columns, cells):
    """The rows that a later version replaces."""
    latest, gone = {}, set()
    for row in touched:
        payload = tuple(comparable(cells[column][row]) for column in columns[:-1])
        seconds = moment_of(cells[columns[-1]][row])
        late = -math.inf if seconds is None else seconds
        if payload in latest and latest[payload][0] >= late:
            gone.add(row)
            continue
        if payload in latest:
            gone.add(latest[payload][1])
        latest[payload] = (late, row)
    return gone


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
    elif fix in ROW_FIXES:
        for column in columns:
            for row in touched:
                new = ROW_FIXES[fix](column, row, step, cells)
                if new is not None:
                    cells[column][row] = new
    elif fix in COURSE_FIXES:
        for column in columns:
            values = cells[column]
            for row, new in zip(touched, COURSE_FIXES[fix]([values[row] for row in touched], step)):
                if new is not None:
                    values[row] = new
    elif fix == "frozen":
        for row in frozen(touched, columns, step, cells):
            for column in columns:
                cells[column][row] = ""
    elif fix == "off_grid":
        moments = {row: [moment_of(cells[column][row]) for column in columns] for row in touched}
        off = {row for row, found in moments.items() if any(m is not None and m % step["step_s"] for m in found)}
        rows = [row for row in rows if row not in off]
    elif fix == "discard":
        marked = {row for row in touched if any(text(cells[column][row]).strip() in step["marks"] for column in columns)}
        rows = [row for row in rows if row not in marked]
    elif fix == "supersede":
        gone = supersede(touched, columns, cells)
        rows = [row for row in rows if row not in gone]
    elif fix == "unshift":
        for row in touched:
            if is_missing(cells[columns[0]][row]):
                moved = [cells[column][row] for column in columns[1:]] + [""]
                for column, value in zip(columns, moved):
                    cells[column][row] = value
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
        raise ValueError(f"unknown step {fix}")
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
