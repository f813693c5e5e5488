"""Draws the ratios of a benchmark as an SVG: one line a program, the number of binds to the right."""

from html import escape
from math import log10

WIDTH, HEIGHT = 800, 470
LEFT, RIGHT, TOP, BOTTOM = 66, 170, 96, 58
TICKS = (1, 1.5, 2, 3, 5, 7, 10, 20, 30, 50, 100)
STYLE = """
  text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: #333 }
  .title { font-size: 17px; font-weight: 600 }
  .quiet { fill: #666; font-size: 12px }
  .paper { fill: #fff }
  .grid { stroke: #ddd }
  .wanted { stroke: #777; stroke-dasharray: 6 4 }
  .line { fill: none; stroke-width: 2.2; stroke-linejoin: round }
  .range { stroke-width: 5; opacity: .25 }
"""
# light and dark, for each kind of program; further ones of a kind repeat its last
COLOURS = {
    "floor": [("#777", "#999")],
    "snug": [("#2f6db5", "#7fb2ea"), ("#1f8a70", "#63c9ae")],
    "bwrap": [("#b8641b", "#e3a064"), ("#8a4f9e", "#c795d8")],
}


def styles(names):
    """The style sheet, and the class of each program."""
    classes, light, dark, used = {}, [], [], {}
    for i, name in enumerate(names):
        kind = name.split()[0]
        shades = COLOURS.get(kind, COLOURS["floor"])
        bright, dim = shades[min(used.get(kind, 0), len(shades) - 1)]
        used[kind] = used.get(kind, 0) + 1
        classes[name] = f"p{i}"
        for rules, colour in ((light, bright), (dark, dim)):
            rules.append(f".p{i} {{ stroke: {colour} }} .f{i} {{ fill: {colour} }}")
    dark_rules = [
        "text { fill: #ddd } .quiet { fill: #aaa } .paper { fill: #1c1d20 }",
        ".grid { stroke: #3a3b3f } .wanted { stroke: #aaa }",
        *dark,
    ]
    text = STYLE + "  " + "\n  ".join(light)
    text += "\n  @media (prefers-color-scheme: dark) {\n    " + "\n    ".join(dark_rules) + "\n  }\n"
    return text, classes


def scale_x(binds):
    """Logarithmic; 0, which has no logarithm, lies half a decade before the first."""
    positive = [n for n in binds if n > 0] or [1]
    first = log10(positive[0]) - (0.5 if 0 in binds else 0)
    span = max(log10(positive[-1]) - first, 0.1)

    def x(n):
        place = log10(n) - first if n > 0 else 0
        return LEFT + 24 + place / span * (WIDTH - LEFT - RIGHT - 48)

    return x


def scale_y(rows):
    low = min(0.9, min(row["ratio_low"] for row in rows) / 1.05)
    high = max(2.2, max(row["ratio_high"] for row in rows) * 1.15)

    def y(ratio):
        return HEIGHT - BOTTOM - log10(ratio / low) / log10(high / low) * (HEIGHT - TOP - BOTTOM)

    return y, [tick for tick in TICKS if low <= tick <= high]


def spread(places, gap):
    """Moves labels down until no two of them overlap; @places maps a name to a height."""
    moved, last = {}, float("-inf")
    for name, place in sorted(places.items(), key=lambda item: item[1]):
        last = moved[name] = max(place, last + gap)
    return moved


def text(x, y, words, anchor="start", kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(words)}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def axes(binds, x, y, ticks, wanted):
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = []
    for tick in ticks:
        parts += [line(LEFT, y(tick), right, y(tick), "grid"), text(LEFT - 8, y(tick) + 4, f"{tick:g}", "end")]
    for n in binds:
        parts += [line(x(n), bottom, x(n), bottom + 5, "grid"), text(x(n), bottom + 20, str(n), "middle")]
    parts += [line(LEFT, y(wanted), right, y(wanted), "wanted")]
    parts += [text((LEFT + right) / 2, bottom + 44, "read-only binds (logarithmic; 0 stands apart)", "middle", "quiet")]
    return parts


def legend(names, classes, wanted):
    parts, at = [], LEFT
    for words, kind in [(name, f"line {classes[name]}") for name in names] + [(f"wanted: {wanted}", "wanted")]:
        parts += [line(at, 72, at + 22, 72, kind), text(at + 28, 76, words)]
        at += 28 + 8 * len(words) + 22
    return parts


def series(rows, kind, x, y):
    """One program: the line through its medians, a dot for each, a bar for its interval."""
    points = " ".join(f"{x(row['binds']):.1f},{y(row['ratio']):.1f}" for row in rows)
    parts = [f'<polyline points="{points}" class="line {kind}"/>']
    for row in rows:
        at = x(row["binds"])
        parts += [line(at, y(row["ratio_low"]), at, y(row["ratio_high"]), f"range {kind}"),
                  f'<circle cx="{at:.1f}" cy="{y(row["ratio"]):.1f}" r="3.5" class="f{kind[1:]}"/>']
    return parts


def label(x, y, row, kind):
    ratio = "" if row["program"] == "floor" else f": {row['ratio']:.3g} ×"
    return text(x, y + 4, row["program"] + ratio, kind=f"f{kind[1:]}")


def draw(rows, wanted):
    binds = sorted({row["binds"] for row in rows})
    names = list(dict.fromkeys(row["program"] for row in rows))
    style, classes = styles(names)
    x = scale_x(binds)
    y, ticks = scale_y(rows)
    mine = {name: [row for row in rows if row["program"] == name] for name in names}

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f"<style>{style}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" class="paper"/>',
        text(LEFT, 30, "Start of a sandbox, as a multiple of the floor", kind="title"),
        text(LEFT, 50, "median and its 95 % interval; lower is better; the floor: the same, by bare system calls",
             kind="quiet"),
        *legend(names, classes, wanted),
        *axes(binds, x, y, ticks, wanted),
    ]
    for name in names:
        parts += series(mine[name], classes[name], x, y)
    ends = {name: y(mine[name][-1]["ratio"]) for name in names if mine[name][-1]["binds"] == binds[-1]}
    for name, height in spread(ends, 16).items():
        parts += [label(WIDTH - RIGHT + 8, height, mine[name][-1], classes[name])]
    for name in names:
        if name not in ends:  # its line ends early: the label goes beside its last dot
            last = mine[name][-1]
            parts += [label(x(last["binds"]) + 10, y(last["ratio"]), last, classes[name])]
    return "\n".join([*parts, "</svg>"]) + "\n"
