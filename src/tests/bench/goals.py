"""The goals for speed, and whether they are reached."""


class Goal:
    """What is asked of which work, the figure that was measured (text), and whether it is reached; None: not measured."""

    def __init__(self, work, asked, figure, reached):
        self.work, self.asked, self.figure, self.reached = work, asked, figure, reached

    def verdict(self):
        return "not measured" if self.reached is None else "reached" if self.reached else "NOT REACHED"


def at_least(work, asked, spread, least, unit="x"):
    """A ratio that has to be so large."""
    return Goal(work, asked, "%s %s" % (spread, unit) if spread else "", spread.median >= least if spread else None)


def at_most(work, asked, spread, most, unit="x"):
    return Goal(work, asked, "%s %s" % (spread, unit) if spread else "", spread.median <= most if spread else None)


def times(measured, family, own="pycore"):
    """How many times as long as pycore's text a peer takes, None when it was not measured or has failed."""
    row, base = (measured.row(name) if measured else None for name in (family, own))
    return row.times(base) if row else None


def floors(measured, own="pycore"):
    row, base = (measured.row(name) if measured else None for name in (own, "pycore"))
    return row.times(base.floor) if row and base.floor else None


def goals(by_name, scanned):
    """by_name: {name of a core: Measured}; scanned: Scanned or None."""
    threads, cold, many, deep, big = (by_name.get(name) for name in ("threads", "cold", "many", "deep", "big"))
    found = []
    for measured, where in ((threads, "layout from the cache"), (by_name.get("debian"), "layout from a table")):
        for own, how in (("pycore", ""), ("static", ", as one static file")):
            if own == "pycore" or measured and measured.row(own):
                work = "30 MB, 4 threads, " + where + how
                found += [at_least(work, "1/25 of pystack", times(measured, "pystack", own), 25),
                          at_least(work, "1/8 of py-spy", times(measured, "py-spy", own), 8),
                          at_most(work, "at most 3 x the floor", floors(measured, own), 3)]
    work = "the same, DWARF for the first time"
    found += [at_least(work, "1/8 of pystack", times(cold, "pystack"), 8),
              at_least(work, "ahead of py-spy", times(cold, "py-spy"), 1)]
    work = "1,000 threads x 34 frames, with locals"
    found += [at_least(work, "1/100 of pystack", times(many, "pystack"), 100),
              at_least(work, "1/25 of py-spy", times(many, "py-spy"), 25)]
    work = "100,000 frames"
    found += [whole(work, deep), at_most(work, "at most 5 x the floor", floors(deep), 5)]
    work = "3 GB core"
    row = big.row("pycore") if big else None
    beside = row.times(big.row("reference")) if row else None
    found += [at_most(work, "within 10 % of the 30 MB core", beside, 1.1),
              Goal(work, "peak memory below 16 MB", "%.1f MB" % row.peak_mb() if row and not row.problem else "",
                   row.peak_mb() < 16 if row and not row.problem else None)]
    return found + scan_goals(scanned)


def whole(work, measured):
    row = measured.row("pycore", as_json=True) if measured else None
    if row is None or row.frames is None:
        return Goal(work, "complete", "", None)
    return Goal(work, "complete", "{:,} frames".format(row.frames), row.frames == measured.kind.frames)


def scan_goals(scanned):
    measured = scanned is not None and not scanned.problem
    work = "scan, {:,} small cores".format(scanned.count if measured else 1000)
    by_workers = [("one worker", scanned.one), ("two workers", scanned.two)] if measured else [("one worker", None)]
    peers = [at_least("%s, %s" % (work, how), "1/%d of a shell loop over %s" % (least, peer),
                      scanned.times(peer, scans) if measured and peer in scanned.loops else None, least)
             for how, scans in by_workers for peer, least in (("pystack", 40), ("py-spy", 10))]
    return peers + [at_least(work, "1.9 x as fast with two workers", scanned.gain() if measured else None, 1.9)]
