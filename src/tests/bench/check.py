#!/usr/bin/env python3
"""Tests of what `make bench` makes of its numbers. The last line is "bench: N passed, N failed, N skipped"."""
import sys

sys.dont_write_bytecode = True      # the source tree may be read-only

import os
import struct
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import figures
import goals
import pages
import plot
import running
import tables
import tools
from cores import Core, Kind

PROGRAMS = sys.argv.pop() if sys.argv[1:2] == ["--programs"] else None
SVG = "{http://www.w3.org/2000/svg}"


class Figures(unittest.TestCase):
    def test_spread(self):
        spread = figures.Spread([3.0, 1.0, 2.0])
        self.assertEqual((spread.median, spread.low, spread.high), (2, 1, 3))
        self.assertEqual(str(spread), "2.00 (1.00-3.00)")
        self.assertEqual(str(figures.Spread([2.001, 2.002])), "2.00")
        self.assertEqual(figures.Spread([1, 2, 3, 10]).median, 2.5)

    def test_ratios_are_those_of_one_round(self):
        # By medians it would be 6 / 2 = 3; round 1 has no partner.
        ratio = figures.paired_ratio({0: 10, 1: 6, 2: 4}, {0: 1, 2: 2})
        self.assertEqual((ratio.median, ratio.low, ratio.high), (6, 2, 10))
        self.assertIsNone(figures.paired_ratio({0: 1}, {1: 1}))

    def test_short(self):
        values = (0, 0.01234, 1.2345, 9.999, 99.96, 1234, 0.0009999)
        texts = ["0", "0.0123", "1.23", "10.0", "100", "1,230", "0.00100"]
        self.assertEqual([figures.short(value) for value in values], texts)

    def test_seconds(self):
        texts = [figures.seconds(value) for value in (0.00123, 0.5, 1.5, 250)]
        self.assertEqual(texts, ["1.23 ms", "500 ms", "1.5 s", "250 s"])

    def test_runs_of_pages(self):
        self.assertEqual(figures.runs_of_pages({7, 3, 4, 5, 9}), [(3, 3), (7, 1), (9, 1)])
        self.assertEqual(figures.runs_of_pages(set()), [])


class Growing(unittest.TestCase):
    SIZES = (10, 100, 1000, 10000, 100000)

    def grown(self, cost):
        return figures.Growth([(size, cost(size)) for size in self.SIZES])

    def test_linear_without_a_start(self):
        growth = self.grown(lambda size: 3 * size)
        self.assertAlmostEqual(growth.slope, 1)
        self.assertAlmostEqual(growth.last_slope, 1)
        self.assertAlmostEqual(growth.each, 3)
        self.assertEqual(figures.shape(growth), "linear")

    def test_start_and_cost_of_each_are_found(self):
        growth = self.grown(lambda size: 5000 + 7 * size)
        self.assertAlmostEqual(growth.start, 5000, places=3)
        self.assertAlmostEqual(growth.each, 7, places=6)
        self.assertLess(growth.slope, growth.last_slope)
        self.assertEqual(figures.shape(growth), "linear")

    def test_quadratic_is_told_although_the_start_hides_it(self):
        growth = self.grown(lambda size: 10**6 + size**2)
        self.assertGreater(growth.last_slope, 1.9)
        self.assertEqual(figures.shape(growth), "ABOVE LINEAR")

    def test_constant(self):
        self.assertEqual(figures.shape(self.grown(lambda size: 4)), "constant")
        self.assertEqual(figures.slopes(self.grown(lambda size: 4 - size * 1e-9)), "0.00; 0.00 at the end")
        self.assertEqual(figures.shape(self.grown(lambda size: size**0.5)), "below linear")

    def test_too_little(self):
        for points in ([], [(1, 1)], [(0, 1), (1, 1)], [(1, 1), (2, 0)]):
            with self.assertRaises(ValueError):
                figures.Growth(points)


class Plots(unittest.TestCase):
    def test_bars(self):
        rows = [("pycore", "pycore", 0.002, "2 ms"), ("pystack", "pystack", 0.3, "300 ms"), ("gdb", "gdb", None, 'says: "no" <&>')]
        groups = [("a & <b>", rows, 0.001), ("c", [("pycore", "pycore", 40.0, "40 s")], None)]
        legend = [("pycore", "pycore"), ("floor", "the floor")]
        root = xml.etree.ElementTree.fromstring(plot.bars("Title & more", "time", groups, legend))
        texts = [element.text for element in root.iter(SVG + "text")]
        for text in ("a & <b>", 'says: "no" <&>', "Title & more", "time", "10 ms", "10 s"):
            self.assertIn(text, texts)
        bars = [element for element in root.iter(SVG + "rect") if element.get("height") == "13"]
        widths = {element.get("class"): float(element.get("width")) for element in bars}
        self.assertGreater(widths["pycore"], widths["pystack"])     # the last one with that class: 40 s
        self.check_places(root)

    def test_multiples(self):
        growth = figures.Growth([(10, 5.0), (100, 50.0), (1000, 500.0)])
        spreads = {size: figures.Spread([cost * 0.9, cost, cost * 1.2]) for size, cost in growth.points}
        constant = figures.Growth([(1, 3), (10, 3)])
        panels = [("threads: time", "slope 1", "threads", "ms", growth, spreads), ("constant", "", "MB", "ms", constant, None)]
        root = xml.etree.ElementTree.fromstring(plot.multiples("Growth", panels, 3))
        self.assertEqual(len(list(root.iter(SVG + "circle"))), 5)
        self.assertEqual(len(list(root.iter(SVG + "polyline"))), 2)
        self.check_places(root)

    def check_places(self, root):
        width, height = float(root.get("width")), float(root.get("height"))
        for element in root.iter():
            for name in ("x", "x1", "x2", "cx"):
                self.assertTrue(0 <= float(element.get(name, 0)) <= width, (element.tag, element.attrib))
            for name in ("y", "y1", "y2", "cy"):
                self.assertTrue(0 <= float(element.get(name, 0)) <= height, (element.tag, element.attrib))

    def test_ticks(self):
        self.assertEqual([round(tick, 6) for tick in plot.LogAxis([0.001, 10], 0, 1).ticks(7)], [0.001, 0.01, 0.1, 1, 10])
        self.assertIn(20, plot.LogAxis([15, 60], 0, 1).ticks())


def measured(walls, **more):
    """A Measured of pycore, its floor and pystack, with the wall times of their rounds."""
    found = running.Measured(Kind("threads", "a core", "heap", 1), Core(os.devnull, "python3", "by hand"))
    for family, title in (("pycore", "pycore, text"), ("static", "static"), ("pystack", "pystack")):
        if family not in walls:
            continue
        row = running.Row(tools.Tool(title, family, [], None, problem=more.get(family)))
        row.runs = {number: running.Run(wall, wall, 2048, 0, 1, 0) for number, wall in enumerate(walls[family])}
        found.rows.append(row)
    floor = running.Row(tools.Tool("floor", "floor", [], None))
    floor.runs = {number: running.Run(wall, wall, 1024, 0, 1, 0) for number, wall in enumerate(walls["floor"])}
    found.rows[0].floor = floor
    found.floors.append(floor)
    return found


class Results(unittest.TestCase):
    WALLS = {"pycore": [0.002, 0.004, 0.003], "pystack": [0.2], "floor": [0.001, 0.001, 0.002]}

    def verdicts(self, found):
        return {(goal.work, goal.asked): (goal.verdict(), goal.figure) for goal in goals.goals({"threads": found}, None)}

    def test_goals(self):
        verdicts = self.verdicts(measured(self.WALLS))
        work = "30 MB, 4 threads, layout from the cache"
        self.assertEqual(verdicts[work, "1/25 of pystack"], ("reached", "100 x"))
        self.assertEqual(verdicts[work, "at most 3 x the floor"], ("reached", "2.00 (1.50-4.00) x"))
        self.assertEqual(verdicts[work, "1/8 of py-spy"], ("not measured", ""))
        slow = measured(dict(self.WALLS, pystack=[0.0498]))
        self.assertEqual(self.verdicts(slow)[work, "1/25 of pystack"], ("NOT REACHED", "24.9 x"))

    def test_static(self):
        """It is held against the floor of the pycore that is linked as usual, and has goals of its own when it was measured."""
        work = "30 MB, 4 threads, layout from the cache, as one static file"
        self.assertNotIn((work, "1/25 of pystack"), self.verdicts(measured(self.WALLS)))
        self.assertEqual(tables.overview([measured(self.WALLS)]).count("static"), 0)
        found = measured(dict(self.WALLS, static=[0.001, 0.002, 0.002]))
        verdicts = self.verdicts(found)
        self.assertEqual(verdicts[work, "1/25 of pystack"], ("reached", "200 x"))
        self.assertEqual(verdicts[work, "at most 3 x the floor"], ("reached", "1.00 (1.00-2.00) x"))
        self.assertIn("| 2.00 ms | 2.0 MB |", tables.overview([found]))

    def test_a_peer_that_fails_reaches_no_goal(self):
        found = measured(self.WALLS, pystack="ends by SIGABRT: it | said so")
        goal = ("30 MB, 4 threads, layout from the cache", "1/25 of pystack")
        self.assertEqual(self.verdicts(found)[goal], ("not measured", ""))
        row = [line for line in tables.core_section(found).splitlines() if line.startswith("| pystack")]
        self.assertEqual(row[0].replace("\\|", "").count("|"), len(tables.COLUMNS) + 2)
        self.assertIn("fails", tables.overview([found]))

    def test_plot_of_results(self):
        both = [measured(self.WALLS), measured(self.WALLS, pystack="ends by <SIGABRT>")]
        root = xml.etree.ElementTree.fromstring(tables.bar_plot(both))
        self.assertEqual(len([e for e in root.iter(SVG + "line") if e.get("class") == "floor"]), 3)      # and the legend's

    def test_markers(self):
        text = "a\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nb\n"
        self.assertEqual(tables.replace_between(text, "bench", "new\n"), text.replace("old", "new"))
        with self.assertRaises(ValueError):
            tables.replace_between(text, "growth", "new\n")

    def test_readme_has_the_markers(self):
        with open(os.path.join(HERE, "..", "..", "..", "README.md"), encoding="utf-8") as file:
            text = file.read()
        for name in ("bench", "growth"):
            tables.replace_between(text, name, "")


def core_of(segments):
    """An ELF core of [(type, offset, address, size)]."""
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    return head + b"".join(struct.pack("<IIQQQQQQ", kind, 4, offset, address, 0, size, size, 1)
                           for kind, offset, address, size in segments)


class Pages(unittest.TestCase):
    def test_pages_of_small_core(self):
        page = pages.PAGE
        core = [(pages.PT_NOTE, page, 0, 10), (pages.PT_LOAD, 2 * page, 0x10000, 4 * page),
                (pages.PT_LOAD, 8 * page, 0x10000 + 4 * page, page)]
        small = [(pages.PT_LOAD, 0, 0x10000 + 3 * page + 8, page),          # the last page of one segment, the first of the next
                 (pages.PT_LOAD, 0, 0x10000 + page - 1, 2),                 # two pages by two bytes
                 (pages.PT_LOAD, 0, 0x9000000, page)]                       # from a file
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("core", "small")]
            for path, segments in zip(paths, (core, small)):
                with open(path, "wb") as file:
                    file.write(core_of(segments))
            self.assertEqual(pages.pages_of_small_core(*paths), {0, 1, 2, 3, 5, 8})

    @unittest.skipIf(PROGRAMS is None, "the programs were not given")
    def test_floor_and_measure(self):
        with tempfile.TemporaryDirectory() as folder:
            core, runs, numbers, output = (os.path.join(folder, name) for name in ("core", "runs", "numbers", "output"))
            with open(core, "wb") as file:
                file.write(bytes(3 * pages.PAGE + 1))
            pages.write_runs(runs, [(0, 1), (2, 9), (1 << 60, 1)])          # beyond its end there is nothing to touch
            command = [os.path.join(PROGRAMS, "measure"), "-t", "60", numbers, output]
            command += [os.path.join(PROGRAMS, "floor"), core, runs, "100000"]
            self.assertEqual(subprocess.run(command, check=False).returncode, 0)
            self.assertEqual(os.path.getsize(output), 100000)
            with open(numbers, encoding="ascii") as file:
                run = running.Run(*file.read().split())
            self.assertEqual(run.status, 0)
            self.assertGreater(run.faults, 3)

    @unittest.skipIf(PROGRAMS is None, "the programs were not given")
    def test_what_takes_too_long_is_ended(self):
        with tempfile.TemporaryDirectory() as folder:
            numbers = os.path.join(folder, "numbers")
            command = [os.path.join(PROGRAMS, "measure"), "-t", "1", numbers, os.path.join(folder, "output")]
            command += ["/bin/sh", "-c", "sleep 600; true"]
            self.assertEqual(subprocess.run(command, check=False, timeout=300).returncode, 0)
            with open(numbers, encoding="ascii") as file:
                self.assertEqual(running.Run(*file.read().split()).status, -1)


def main():
    result = unittest.TextTestRunner(verbosity=0).run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    failed = len(result.failures) + len(result.errors)
    print("bench: %d passed, %d failed, %d skipped" % (result.testsRun - failed - len(result.skipped), failed, len(result.skipped)))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
