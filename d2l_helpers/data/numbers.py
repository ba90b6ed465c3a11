"""读数：同一个整数的英文与中文读法。译得对不对没有商量，要多少有多少，长短由位数定。"""

from __future__ import annotations

import random

LIMIT = 10**8
SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
]  # fmt: skip
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
DIGITS = "零一二三四五六七八九"


def english_number(n: int) -> str:
    """整数的英文读法，三位一节：``twelve million thirty thousand four hundred five``。

    参数:
        n: 1 到 99,999,999。

    异常:
        ValueError: 超出范围。

    出处:
        本书“序列到序列学习”。
    """
    _check(n)
    words = []
    for unit, name in ((10**6, ["million"]), (1000, ["thousand"]), (1, [])):
        hundreds, rest = divmod(n // unit % 1000, 100)
        if hundreds:
            words += [SMALL[hundreds], "hundred"]
        if rest >= 20:
            words.append(TENS[rest // 10])
            rest %= 10
        if rest:
            words.append(SMALL[rest])
        if n // unit % 1000:
            words += name
    return " ".join(words)


def chinese_number(n: int) -> str:
    """整数的中文读法，四位一节：``一千二百零三万零四百零五``。

    参数:
        n: 1 到 99,999,999。

    异常:
        ValueError: 超出范围。

    出处:
        本书“序列到序列学习”。
    """
    _check(n)
    high, low = divmod(n, 10_000)
    text = _four(high) + "万" if high else ""
    if high and 0 < low < 1000:
        text += "零"
    text += _four(low)
    return text.removeprefix("一") if text.startswith("一十") else text


def number_pairs(
    count: int, *, max_digits: int = 8, seed: int | None = None
) -> list[tuple[str, str]]:
    """随机的读数句对 ``(英文, 中文)``，各不相同；先随机取位数，再取数，所以短的不会太少。

    参数:
        count: 几对。
        max_digits: 最多几位，1 到 8。
        seed: 随机种子；``None`` 由 Python 的全局随机数定（``d2l.seed`` 管得到）。

    异常:
        ValueError: 位数超出范围，或者没有那么多不同的数。

    出处:
        本书“序列到序列学习”。
    """
    if not 1 <= max_digits <= 8:
        raise ValueError(f"max_digits 应当是 1 到 8，收到的是 {max_digits}。")
    if not 0 <= count <= 10**max_digits // 10:
        raise ValueError(f"至多 {max_digits} 位的数里取不出 {count} 个；请少取些，或者放宽位数。")
    source = random.Random(seed) if seed is not None else random
    numbers: dict[int, None] = {}
    while len(numbers) < count:
        numbers[source.randrange(1, 10 ** source.randint(1, max_digits))] = None
    return [(english_number(n), chinese_number(n)) for n in numbers]


def _check(n: int) -> None:
    if not 0 < n < LIMIT:
        raise ValueError(f"只会读 1 到 {LIMIT - 1} 的整数，收到的是 {n}。")


def _four(n: int) -> str:
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = n // unit % 10
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + name
        gap = not digit
    return text
