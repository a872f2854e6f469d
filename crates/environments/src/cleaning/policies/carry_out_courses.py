

# What is taken back along a device's readings, one after the other.


def legible(cell):
    """The cell's number, or None where it is missing too."""
    return None if is_missing(cell) else number(cell)


def unmean(values, step):
    """The last number of each mean, from the means in order."""
    run, found = [], []
    for value in values:
        mean = legible(value)
        if mean is None:
            run.clear()
            found.append(None)
            continue
        before = run[max(0, len(run) - max(step["width"] - 1, 0)) :]
        total = 0.0
        for last in before:
            total += last
        run.append(rounded((len(before) + 1) * mean - total, step["decimals"]))
        found.append(run[-1])
    return found


def undelta(values, step):
    """Running sums."""
    total, found = 0.0, []
    for value in values:
        more = legible(value)
        if more is not None:
            total = rounded(total + more, step["decimals"])
        found.append(None if more is None else total)
    return found


def unreset(values, step):
    """A counter that counts on where it started over."""
    reached, last, found = 0.0, -math.inf, []
    for value in values:
        count = legible(value)
        if count is None:
            found.append(None)
            continue
        if count < last:
            reached += last
        last = count
        found.append(rounded(count + reached, step["decimals"]))
    return found


def despike(values, step):
    """Empties what is far from the median of its neighbours."""
    numbers, found = [legible(value) for value in values], []
    for at, own in enumerate(numbers):
        near = [numbers[i] for i in (at - 2, at - 1, at + 1, at + 2) if 0 <= i < len(numbers)]
        near = sorted(value for value in near if value is not None)
        middle = len(near) // 2
        if own is None or len(near) < 3:
            found.append(None)
            continue
        median = near[middle] if len(near) % 2 else 0.5 * (near[middle - 1] + near[middle])
        found.append("" if abs(own - median) > step["reach"] else None)
    return found


def buffered(values, step):
    """Moments of one upload, each a step before the next."""
    found, end = [None] * len(values), 0
    while end < len(values):
        begin = end
        while end < len(values) and text(values[end]) == text(values[begin]):
            end += 1
        seconds = moment_of(values[begin])
        for back in range(1, end - begin if seconds is not None else 0):
            found[end - 1 - back] = (EPOCH + timedelta(seconds=seconds - back * step["step_s"])).strftime(ISO)
    return found


# Fixes of a column by the cells before and after, in the order of the file.
COURSE_FIXES = {"unmean": unmean, "undelta": undelta, "unreset": unreset, "despike": despike, "buffered": buffered}
