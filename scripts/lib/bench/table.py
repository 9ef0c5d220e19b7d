"""The table: rows with a number of Sealift's, what it is held against, and the target."""

from dataclasses import dataclass

from . import measure

HEAD = ("what", "Sealift", "peer or limit", "ratio", "target", "met?")
NOTHING = "–"


@dataclass
class Row:
    what: str
    ours: str
    theirs: str = NOTHING
    ratio: str = NOTHING
    target: str = NOTHING
    met: str = NOTHING

    def cells(self):
        return (self.what, self.ours, self.theirs, self.ratio, self.target, self.met)


def compared(what, ours, theirs, field, at_most=None, peer="skopeo"):
    """A row of interleaved runs in seconds, held against a peer's."""
    return against(
        what, measure.median(ours, field), measure.median(theirs, field), measure.median_ratio(ours, theirs, field),
        peer, seconds, at_most)


def against(what, ours, theirs, ratio, peer, unit, at_most=None):
    """A row held against a peer: `ratio` is ours / theirs."""
    digits = 4 if abs(ratio - 1) < 0.01 else 3
    return Row(what, unit(ours), f"{unit(theirs)} {peer}", f"{ratio:.{digits}f}", *verdict(ratio, at_most, lambda x: f"{x} x"))


def within(what, ours, unit, at_most=None):
    """A row held against a number."""
    return Row(what, unit(ours), NOTHING, NOTHING, *verdict(ours, at_most, unit))


def verdict(value, at_most, unit):
    if at_most is None:
        return NOTHING, NOTHING
    return f"≤ {unit(at_most)}", "yes" if value <= at_most else "no"


def render(rows):
    """Markdown, padded so that it reads as text too; without the columns in which no row says anything."""
    cells = [row.cells() for row in rows]
    said = [column for column in range(len(HEAD)) if any(line[column] != NOTHING for line in cells)]
    lines = [[line[column] for column in said] for line in (HEAD, *cells)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    padded = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines]
    return "\n".join([padded[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *padded[1:]])


def seconds(value):
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.3g} ms"


def size(value):
    for unit, scale in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if value >= scale:
            text = f"{value / scale:.2f}".rstrip("0").rstrip(".")
            return f"{text} {unit}"
    return f"{value:.0f} B"


def percent(value):
    return f"{value * 100:.3g} %"


def multiple(value):
    return f"{value:.4f} x"
