"""What was measured as Markdown, as plots, and where it is kept."""
import os

import figures
import plot
from figures import short

FAMILIES = [("pycore", "pycore"), ("py-spy", "py-spy"), ("pystack", "pystack"), ("gdb", "gdb py-bt"), ("eu-stack", "eu-stack")]
AXIS_TITLE = "wall time of the whole process, on a logarithmic axis"
COLUMNS = ["wall ms", "x pycore", "x floor", "CPU ms", "peak MB", "page faults", "core touched MB", "M instructions", "frames"]


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    return "\n".join(lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]) + "\n"


def millions(count):
    return "" if count is None else short(count / 1e6)


def megabytes(count):
    return "n/a" if count is None else short(count / 1e6)


def cells(measured, row):
    """The cells of one row; a row that failed says so in the first of them."""
    if row.problem:
        return [row.tool.title, row.problem] + [""] * (len(COLUMNS) - 1)
    base = measured.base(row)
    is_base = row is base or row.tool.family in ("floor", "reference")
    floor = row.floor or (base.floor if base else None)
    frames = "" if row.frames is None else "{:,}".format(row.frames)
    if row.frames is not None and row.frames != measured.kind.frames:
        frames += " of {:,}".format(measured.kind.frames)
    return [row.tool.title, str(figures.Spread([run.wall * 1000 for run in row.runs.values()])),
            "" if is_base else str(row.times(base) or ""), str(row.times(floor) or "") if row.tool.family != "floor" else "",
            short(row.cpu() * 1000), short(row.peak_mb()), "{:,}".format(row.faults()), megabytes(row.touched),
            millions(row.instructions), frames]


def core_section(measured):
    core = measured.core
    runs = max((len(row.runs) for row in measured.rows), default=0)
    text = "### %s\n\nCore of %s MB (%s MB on disk), %s; layout: %s. Up to %d runs of each, in turns.\n\n" % (
        measured.kind.title, short(core.size / 1e6), short(core.bytes_on_disk / 1e6), core.how, measured.layout or "?", runs)
    rows = [cells(measured, row) for row in measured.rows + measured.floors]
    text += table([""] + COLUMNS, rows)
    if measured.repeats is not None:
        text += "\nA second run under callgrind: %s instructions.\n" % (
            "as many" if measured.repeats == 0 else "%+d" % measured.repeats)
    if measured.touched_by_distill is not None:
        text += "\n`pycore distill` says that %s MB of the core are needed.\n" % megabytes(measured.touched_by_distill)
    return text


def goal_table(goals):
    return table(["Work", "Goal", "Measured", ""], [[g.work, g.asked, g.figure, g.verdict()] for g in goals])


def overview(all_measured):
    """A line for each core: pycore, and how many times as long the others take."""
    with_static = any(measured.row("static") for measured in all_measured)
    heads = ["Core", "pycore, text with locals"] + ["as one static file"] * with_static + ["peak", "x floor"]
    heads += [title for _, title in FAMILIES[1:]]
    rows = []
    for measured in all_measured:
        row, static = measured.row("pycore"), measured.row("static")
        if row.problem:
            rows.append([measured.kind.title, row.problem] + [""] * (len(heads) - 2))
            continue
        own = [figures.seconds(row.wall().median)]
        if with_static:
            own.append(figures.seconds(static.wall().median) if static and not static.problem else "")
        own += ["%.1f MB" % row.peak_mb(), str(row.times(row.floor) or "")]
        rows.append([measured.kind.title] + own + [overview_cell(measured, family) for family, _ in FAMILIES[1:]])
    return table(heads, rows)


def best_row(measured, family):
    """The row with locals where the tool has them."""
    return measured.row(family) or measured.row(family, False)


def overview_cell(measured, family):
    row = best_row(measured, family)
    if row is None:
        return ""
    if row.problem:
        return "fails" if "not run" not in row.problem else "not run"
    return "%s x" % (row.times(measured.base(row)) or "?")


def growth_table(all_grown):
    heads = ["Growing", "sizes", "time, smallest to largest", "instructions for each more", "slope of instructions",
             "slope of time", ""]
    rows = []
    for grown in all_grown:
        name = "%s (%s)" % (grown.axis.name, grown.axis.unit)
        if grown.problem or len(grown.times) < 2:
            rows.append([name, grown.problem or "not measured"] + [""] * (len(heads) - 2))
            continue
        times, counted = grown.time_growth(), grown.instruction_growth()
        sizes, best = list(grown.times), counted or times
        rows.append([name, "{:,} to {:,}".format(sizes[0], sizes[-1]),
                     "%s to %s" % (figures.seconds(times.points[0][1]), figures.seconds(times.points[-1][1])),
                     "{:,.0f}".format(counted.each) if counted else "",
                     figures.slopes(counted) if counted else "", figures.slopes(times), figures.shape(best)])
    return table(heads, rows)


def scan_section(scanned):
    if scanned.problem:
        return "Scan: %s\n" % scanned.problem
    one, two = figures.Spread(list(scanned.one.values())), figures.Spread(list(scanned.two.values()))
    rows = [["`pycore scan --json -j1`", "%s s" % one, ""],
            ["`pycore scan --json -j2`", "%s s" % two, "%s x as fast" % scanned.gain()]]
    for peer, seconds in scanned.loops.items():
        rows.append(["shell loop over `%s`, with locals, from %d of them" % (peer, scanned.sample),
                     "%s s" % figures.Spread(list(seconds.values())),
                     "%s x of one worker, %s x of two" % (scanned.times(peer, scanned.one), scanned.times(peer, scanned.two))])
    return "{:,} cores of 29 MB, all in memory, layouts from the cache:\n\n".format(scanned.count) + table(["", "wall", ""], rows)


# ---- Plots ---------------------------------------------------------------------------------------


def bar_plot(all_measured):
    groups = []
    for measured in all_measured:
        bars = [bar(measured, family, title) for family, title in FAMILIES if best_row(measured, family)]
        row = measured.row("pycore")
        groups.append((measured.kind.title, bars, row.floor.wall().median if row.floor and row.floor.runs else None))
    legend = FAMILIES[:3] + [("gdb", "gdb py-bt, no locals"), ("eu-stack", "eu-stack, C stacks only"), ("floor", "the floor")]
    return plot.bars("A report of a core with all local variables", AXIS_TITLE, groups, legend)


def bar(measured, family, title):
    row = best_row(measured, family)
    if row.problem:
        return family, title, None, row.problem if len(row.problem) < 90 else row.problem[:90] + "…"
    median = row.wall().median
    written = figures.seconds(median)
    times = row.times(measured.base(row)) if family != "pycore" else None
    return family, title, median, written + (", %s x" % short(times.median) if times else "")


def growth_plot(all_grown):
    grown = [g for g in all_grown if not g.problem and len(g.times) > 1]
    panels = []
    for g in grown:
        spreads = {size: figures.Spread([1000 * v for v in (s.low, s.median, s.high)]) for size, s in g.times.items()}
        growth = figures.Growth([(size, spread.median) for size, spread in spreads.items()])
        panels.append((g.axis.name + ": time", "slope " + figures.slopes(growth), plural(g.axis.unit), "ms", growth, spreads))
    for g in grown:
        if g.instruction_growth():
            growth = figures.Growth([(size, count / 1e6) for size, count in g.instructions.items()])
            panels.append((g.axis.name + ": instructions", "slope " + figures.slopes(growth), plural(g.axis.unit), "millions", growth, None))
    return plot.multiples("How the cost of a report grows (JSON, with locals; both axes logarithmic)", panels, 3)


def plural(unit):
    return unit if unit == "MB" else unit.replace("thread of", "threads of") if " " in unit else unit + "s"


# ---- Keeping them --------------------------------------------------------------------------------


def write(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def replace_between(text, name, new):
    """A text with what stands between the markers of a name replaced."""
    first, last = "<!-- %s: begin -->\n" % name, "<!-- %s: end -->" % name
    if text.count(first) != 1 or text.count(last) != 1:
        raise ValueError("the markers of %s are not there, each once" % name)
    head, rest = text.split(first)
    return head + first + new + last + rest.split(last)[1]
