"""How likely counts are to be so far from what was expected."""

from __future__ import annotations

import math
from collections.abc import Sequence


def chi_squared_p(counts: Sequence[int], expected: Sequence[float]) -> float:
    """The p-value of Pearson's test: how likely counts at least so far off are, if the shares are true."""
    statistic = sum((count - mean) ** 2 / mean for count, mean in zip(counts, expected, strict=True))
    return upper_gamma((len(counts) - 1) / 2, statistic / 2)


def upper_gamma(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function Q(a, x): DLMF 8.11.4 for small x, the continued fraction 8.9.2
    (modified Lentz) for large."""
    if x <= 0:
        return 1.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while abs(term) > 1e-15 * abs(total):
            n += 1
            term *= x / n
            total += term
        return 1 - scale * total
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    result = d
    for i in range(1, 10_000):
        step = -i * (i - a)
        b += 2
        d = 1 / (step * d + b or tiny)
        c = b + step / c or tiny
        result *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return scale * result
