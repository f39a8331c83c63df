"""What all benches print with."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Plain text, every column to the right."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join("  ".join(item.rjust(w) for item, w in zip(line, widths, strict=True)) for line in lines)


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """The slope of the straight line through the points' logarithms, by least squares."""
    xs, ys = ([math.log(point[axis]) for point in points] for axis in (0, 1))
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def aim(text: str, holds: bool, most: str) -> str:
    """A line that says whether an aim holds."""
    return f"{'holds ' if holds else 'MISSED'}  {text} (aim: at most {most})"


def machine() -> str:
    """How many processors there are, and how many want one: more than there are is busy."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} processors, load {load}"


def sizes(text: str) -> tuple[int, ...]:
    """Numbers of workloads from an argument, ascending."""
    try:
        found = sorted({int(part) for part in text.split(",")})
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: numbers with commas between") from None
    if found[0] < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: at least 1")
    return tuple(found)
