"""What is made of measured numbers: medians, ratios of runs that were made side by side, and how a cost grows."""
import math
import statistics


class Spread:
    """A median with the lowest and the highest of what it is the median of."""

    def __init__(self, values):
        self.median, self.low, self.high = statistics.median(values), min(values), max(values)

    def __str__(self):
        if short(self.low) == short(self.high):
            return short(self.median)
        return "%s (%s-%s)" % (short(self.median), short(self.low), short(self.high))


def paired_ratio(numerators, denominators):
    """The Spread of the ratios of runs of one round, {round: figure} each; None where no round has both."""
    ratios = [numerators[number] / denominators[number]
              for number in sorted(numerators) if denominators.get(number)]
    return Spread(ratios) if ratios else None


def short(value):
    """Three significant digits, without an exponent: 0.0123, 1.23, 12.3, 123, 1,230."""
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    value = round(value, digits)
    if digits <= 0:
        return format(int(value), ",")
    digits = 2 - math.floor(math.log10(abs(value)))      # 9.999 has become 10.0
    return "%.*f" % (max(digits, 0), value)


class Growth:
    """How a cost grows with a size: cost = start + each * size by least squares, relative errors counted alike for small
    and large sizes; and the slope in log-log, over all sizes and between the two largest ones (1 is linear, 2 quadratic;
    below 1 where the start is what it costs)."""

    def __init__(self, points):
        points = sorted(points)
        if len(points) < 2 or points[0][0] <= 0 or any(cost <= 0 for _, cost in points):
            raise ValueError("no two sizes with a cost")
        self.points = points
        self.start, self.each = fit_line(points, [1 / cost**2 for _, cost in points])
        logs = [(math.log(size), math.log(cost)) for size, cost in points]
        self.slope = fit_line(logs, [1] * len(logs))[1]
        (size, cost), (last_size, last_cost) = logs[-2:]
        self.last_slope = (last_cost - cost) / (last_size - size)

    def at(self, size):
        return self.start + self.each * size


def fit_line(points, weights):
    """(value at 0, slope) of the line with the least sum of weighted squares of differences."""
    total = sum(weights)
    mean_x = sum(w * x for w, (x, _) in zip(weights, points)) / total
    mean_y = sum(w * y for w, (_, y) in zip(weights, points)) / total
    spread = sum(w * (x - mean_x) ** 2 for w, (x, _) in zip(weights, points))
    slope = sum(w * (x - mean_x) * (y - mean_y) for w, (x, y) in zip(weights, points)) / spread
    return mean_y - slope * mean_x, slope


LINEAR = 1.1            # a slope up to this is linear: caches and allocators bend the line a little


def slopes(growth):
    return "%s; %s at the end" % tuple("%.2f" % (round(slope, 2) + 0.0) for slope in (growth.slope, growth.last_slope))


def shape(growth):
    """In words, by the two largest sizes, where the start matters least."""
    if growth.last_slope <= 0.1:
        return "constant"
    if growth.last_slope < 0.9:
        return "below linear"
    return "linear" if growth.last_slope <= LINEAR else "ABOVE LINEAR"


def runs_of_pages(pages):
    """Numbers as (first, how many), in order."""
    runs = []
    for page in sorted(pages):
        if runs and page == runs[-1][0] + runs[-1][1]:
            runs[-1][1] += 1
        else:
            runs.append([page, 1])
    return [tuple(run) for run in runs]


def seconds(value):
    """A time as people read it."""
    if value >= 100:
        return "%d s" % round(value)
    if value >= 1:
        return "%.3g s" % value
    return "%s ms" % short(value * 1000)


def plain(value):
    """A round number for an axis."""
    return "%g" % value if value < 1 else "{:,.0f}".format(value)
