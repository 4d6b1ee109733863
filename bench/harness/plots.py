"""Plots as SVG, without a library: there are only two kinds."""

import math
from html import escape

WIDTH, LEFT, RIGHT, ROW = 860, 300, 130, 22
OURS, OTHERS = ("#2b6cb0", "#90cdf4"), ("#5a6472", "#c3cad5")
COLOURS = ("#2b6cb0", "#90cdf4", "#c05621", "#2f855a", "#805ad5", "#718096")
STYLE = (
    "<style>text{font:13px sans-serif;fill:#222}.t{font-weight:bold;font-size:15px}.s{fill:#666;font-size:12px}"
    "line{stroke:#ccc}</style>"
)


def drawing(height: int, parts: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">\n'
        f'{STYLE}\n<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def text(x: float, y: float, what: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(what)}</text>'


def short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def bars(title: str, unit: str, rows: list[tuple[str, list[float]]], parts_of: list[str]) -> str:
    """A bar for each row, with a part for each name in the parts, and the sum after it. Rows with our name have
    a colour of their own."""
    longest = max((sum(values) for _, values in rows), default=1) or 1
    drawn = [text(12, 24, title, "t"), text(12, 42, unit, "s")]
    for number, name in enumerate(parts_of if len(parts_of) > 1 else []):
        for at, colours in ((0, OURS), (13, OTHERS)):
            drawn.append(f'<rect x="{LEFT + 110 * number + at}" y="32" width="11" height="11" '
                         f'fill="{colours[number]}"/>')
        drawn.append(text(LEFT + 110 * number + 30, 42, name, "s"))
    for number, (name, values) in enumerate(rows):
        y = 54 + ROW * number
        drawn.append(text(LEFT - 8, y + 15, name, anchor="end"))
        x = float(LEFT)
        colours = OURS if "ehlo" in name.split(": ")[-1] else OTHERS
        for part, value in enumerate(values):
            width = value / longest * (WIDTH - LEFT - RIGHT)
            drawn.append(f'<rect x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="{ROW - 6}" '
                         f'fill="{colours[part]}"/>')
            x += width
        drawn.append(text(x + 6, y + 15, short(sum(values))))
    return drawing(64 + ROW * len(rows), drawn)


def ticks(low: float, high: float) -> list[int]:
    return list(range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1))


def lines(title: str, across: str, up: str, series: dict[str, list[tuple[float, float]]]) -> str:
    """Lines on two logarithmic axes."""
    height, bottom, top, left = 420, 360, 60, 70
    points = [point for row in series.values() for point in row]
    xs, ys = ticks(min(x for x, _ in points), max(x for x, _ in points)), ticks(
        min(y for _, y in points), max(y for _, y in points))
    right = WIDTH - 240

    def place(x: float, y: float) -> tuple[float, float]:
        return (left + (math.log10(x) - xs[0]) / (xs[-1] - xs[0]) * (right - left),
                bottom - (math.log10(y) - ys[0]) / (ys[-1] - ys[0]) * (bottom - top))

    drawn = [text(12, 24, title, "t"), text(12, 44, up, "s"), text((left + right) / 2, 405, across, "s", "middle")]
    for tick in xs:
        x, y = place(10.0**tick, 10.0 ** ys[0])
        drawn += [f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}"/>',
                  text(x, y + 18, f"{10**tick:,}", "s", "middle")]
    for tick in ys:
        x, y = place(10.0 ** xs[0], 10.0**tick)
        drawn += [f'<line x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>',
                  text(x - 6, y + 4, f"{10.0**tick:g}", "s", "end")]
    for number, (name, row) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in row))
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
                  for x, y in (place(*point) for point in row)]
        drawn.append(f'<rect x="{right + 16}" y="{top + 20 * number}" width="11" height="11" fill="{colour}"/>')
        drawn.append(text(right + 32, top + 10 + 20 * number, name, "s"))
    return drawing(height, drawn)
