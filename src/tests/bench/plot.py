"""Plots as SVG, written by hand: bars on a logarithmic axis, and small multiples of how costs grow. Readable on light and
on dark paper: what colours there are follow the reader's."""
import math
from xml.sax.saxutils import escape

import figures

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 } .head { font-weight: 600 } .small { font-size: 11px; fill: #59636e }
.grid { stroke: #d1d9e0; stroke-width: 1 } .axis { stroke: #818b98; stroke-width: 1 }
.pycore { fill: #1a7f37 } .pystack { fill: #bc4c00 } .py-spy { fill: #8250df } .gdb { fill: #57606a } .eu-stack { fill: #0969da }
.floor { stroke: #cf222e; stroke-width: 2 }
.fit { stroke: #818b98; stroke-width: 1.5; fill: none; stroke-dasharray: 4 3 } .point { fill: #1a7f37 } .range { stroke: #1a7f37 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .small { fill: #9198a1 } .grid { stroke: #3d444d } .axis { stroke: #656c76 }
.pycore { fill: #3fb950 } .pystack { fill: #f0883e } .py-spy { fill: #ab7df8 } .gdb { fill: #9198a1 } .eu-stack { fill: #4493f8 }
.floor { stroke: #ff7b72 } .fit { stroke: #9198a1 } .point { fill: #3fb950 } .range { stroke: #3fb950 }
}
"""


class Drawing:
    def __init__(self, width, height, title):
        self.width, self.height, self.title, self.parts = width, height, title, []

    def add(self, element, text=None, **attributes):
        words = ""
        for name, value in attributes.items():
            words += ' %s="%s"' % (name.rstrip("_").replace("_", "-"), number(value))
        end = "/>" if text is None else ">%s</%s>" % (escape(text), element)
        self.parts.append("<%s%s%s" % (element, words, end))

    def text(self, x, y, text, class_="", anchor="start"):
        self.add("text", text, x=x, y=y, class_=class_, text_anchor=anchor)

    def line(self, x1, y1, x2, y2, class_):
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)

    def __str__(self):
        size = (self.width, self.height)
        head = '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">\n' % (size + size)
        return head + "<title>%s</title>\n<style>%s</style>\n%s\n</svg>\n" % (escape(self.title), STYLE, "\n".join(self.parts))


def number(value):
    return ("%.1f" % value).rstrip("0").rstrip(".") if isinstance(value, float) else escape(str(value), {'"': "&quot;"})


class LogAxis:
    """Maps figures to a range of the paper; the ends are what was measured, with some room."""

    def __init__(self, values, first, last, whole=False):
        low, high = min(values), max(values)
        self.low, self.high = math.log10(low / 1.25), math.log10(high * 1.25)
        if whole:
            self.low, self.high = math.floor(math.log10(low)), math.log10(high * 1.6)
        self.first, self.last = first, last

    def at(self, value):
        return self.first + (math.log10(value) - self.low) / (self.high - self.low) * (self.last - self.first)

    def ticks(self, at_most=9):
        """Powers of ten; with 2 and 5 in between where there are few."""
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        for steps in ((1, 2, 5), (1, 3), (1,)):
            ticks = [step * 10.0**power for power in powers for step in steps]
            ticks = [tick for tick in ticks if self.low <= math.log10(tick) + 1e-9 and math.log10(tick) <= self.high]
            if len(ticks) <= at_most:
                break
        return ticks


def bars(title, axis_title, groups, legend):
    """groups: [(head, [(class, label, value or None, what to write)], floor or None)]; values in seconds, classes as in
    STYLE. A bar without a value is a row of text: why there is none."""
    left, right, top, step = 20, 150, 88, 17
    width = 860
    height = top + sum(30 + step * len(rows) for _, rows, _ in groups) + 40
    values = [value for _, rows, floor in groups for value in [row[2] for row in rows] + [floor] if value]
    drawing = Drawing(width, height, title)
    axis = LogAxis(values, left + 130.0, width - right, whole=True)
    drawing.text(left, 28, title, "title")
    draw_legend(drawing, left, 52, legend)
    bottom = height - 40
    for tick in axis.ticks(7):
        drawing.line(axis.at(tick), top - 10, axis.at(tick), bottom, "grid")
        drawing.text(axis.at(tick), bottom + 16, tick_of_time(tick), "small", "middle")
    drawing.text((axis.first + axis.last) / 2, bottom + 32, axis_title, "small", "middle")
    y = top
    for head, rows, floor in groups:
        drawing.text(left, y + 8, head, "head")
        y += 16
        for class_, label, value, written in rows:
            drawing.text(axis.first - 8, y + 11, label, "small", "end")
            if value is None:
                drawing.text(axis.first + 6, y + 11, written, "small")
            else:
                length = axis.at(value) - axis.first
                drawing.add("rect", x=axis.first, y=y + 1, width=length, height=step - 4, class_=class_, rx=2)
                drawing.text(axis.at(value) + 6, y + 11, written, "small")
            y += step
        if floor:
            drawing.line(axis.at(floor), y - step * len(rows) - 2, axis.at(floor), y, "floor")
        y += 14
    return str(drawing)


def tick_of_time(seconds):
    return figures.plain(seconds) + " s" if seconds >= 1 else figures.plain(round(seconds * 1000, 9)) + " ms"


def draw_legend(drawing, x, y, legend):
    for class_, label in legend:
        if class_ == "floor":
            drawing.line(x + 6, y - 10, x + 6, y + 2, "floor")
        else:
            drawing.add("rect", x=x, y=y - 10, width=12, height=12, class_=class_, rx=2)
        drawing.text(x + 18, y, label, "small")
        x += 34 + 6.2 * len(label)


def multiples(title, panels, columns):
    """panels: [(head, line below it, x title, y title, Growth, {size: Spread} or None)]"""
    wide, high, top = 290, 230, 50
    drawing = Drawing(columns * wide + 20, top + -(-len(panels) // columns) * high + 10, title)
    drawing.text(20, 28, title, "title")
    for index, panel in enumerate(panels):
        draw_panel(drawing, 10 + index % columns * wide, top + index // columns * high, wide, high, panel)
    return str(drawing)


def draw_panel(drawing, x, y, wide, high, panel):
    head, below, x_title, y_title, growth, spreads = panel
    sizes, costs = [size for size, _ in growth.points], [cost for _, cost in growth.points]
    reach = [cost for spread in (spreads or {}).values() for cost in (spread.low, spread.high)]
    fitted = [(size, growth.at(size)) for size in between(sizes[0], sizes[-1], 24) if growth.at(size) > 0]
    left, right, top, bottom = x + 56.0, x + wide - 14.0, y + 44.0, y + high - 46.0
    across = LogAxis(sizes, left, right)
    # At least a decade, so that what is constant looks it.
    low, high_cost = min(costs + reach), max(costs + reach)
    middle = math.sqrt(low * high_cost)
    up = LogAxis([min(low, middle / 3), max(high_cost, middle * 3)], bottom, top)
    drawing.text(left, y + 16, head, "head")
    drawing.text(left, y + 32, below, "small")
    for tick in across.ticks(4):
        drawing.line(across.at(tick), top, across.at(tick), bottom, "grid")
        drawing.text(across.at(tick), bottom + 15, figures.plain(tick), "small", "middle")
    for tick in up.ticks(6):
        drawing.line(left, up.at(tick), right, up.at(tick), "grid")
        drawing.text(left - 6, up.at(tick) + 4, figures.plain(tick), "small", "end")
    drawing.line(left, bottom, right, bottom, "axis")
    drawing.line(left, top, left, bottom, "axis")
    drawing.text((left + right) / 2, bottom + 31, x_title, "small", "middle")
    drawing.add("text", y_title, x=0, y=0, class_="small", text_anchor="middle",
                transform="translate(%.1f %.1f) rotate(-90)" % (x + 14, (top + bottom) / 2))
    path = " ".join("%.1f,%.1f" % (across.at(size), min(max(up.at(cost), top), bottom)) for size, cost in fitted)
    drawing.add("polyline", points=path, class_="fit")
    for size, cost in growth.points:
        if spreads:
            drawing.line(across.at(size), up.at(spreads[size].low), across.at(size), up.at(spreads[size].high), "range")
        drawing.add("circle", cx=across.at(size), cy=up.at(cost), r=3.5, class_="point")


def between(first, last, count):
    """Sizes at even distances on a logarithmic axis."""
    return [first * (last / first) ** (number / count) for number in range(count + 1)]
