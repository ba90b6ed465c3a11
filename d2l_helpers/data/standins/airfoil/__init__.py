"""翼型自噪声的替身：与风洞测量同样的文件、同样的 6 列、同样的行数，声压级由一个公式造出。

公式只取湍流边界层噪声的大致样子：来流越快越响，谱是一个宽峰，峰在斯特劳哈尔数
``频率 × 厚度 / 速度`` 约为 0.1 处；弦短、攻角大时多一项。系数是自己定的，使各列的范围与线性
回归能解释的份额（五六成）同原件相近。最后加上标准差为 2 dB 的噪声。
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

VERSION = 1
FILE = "airfoil_self_noise.dat"
NUM_ROWS = 1503  # 与原件相同

CHORDS = (0.0254, 0.0508, 0.1016, 0.1524, 0.2286, 0.3048)  # 弦长，米
SPEEDS = (31.7, 39.6, 55.5, 71.3)  # 来流速度，米/秒
BANDS = (200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150,
         4000, 5000, 6300, 8000, 10000, 12500, 16000, 20000)  # 三分之一倍频程，赫兹  # fmt: skip
VISCOSITY = 1.5e-5  # 空气的运动黏度，平方米/秒
PER_RUN = (12, 17)  # 一次试验量几个频带


def build(num: int, seed: int) -> np.ndarray:
    """造 ``num`` 行，返回形状 (num, 6) 的数组；一次试验的各个频带连在一起，与原件一样。

    参数:
        num: 行数。
        seed: 随机数的种子；同样的种子得到同样的表。
    """
    rng = np.random.RandomState(seed)  # 它的随机数序列不随 NumPy 的版本变
    rows: list[np.ndarray] = []
    while sum(map(len, rows)) < num:
        chord, speed = rng.choice(CHORDS), rng.choice(SPEEDS)
        widest = 8 + 14.2 * (CHORDS[-1] - chord) / (CHORDS[-1] - CHORDS[0])  # 弦长的转不了太大
        angle = round(max(0.0, widest * rng.uniform(-0.15, 1)), 1)
        rows.append(_one_run(rng, chord, speed, angle))
    return np.concatenate(rows)[:num]


def _one_run(rng: np.random.RandomState, chord: float, speed: float, angle: float) -> np.ndarray:
    """一次试验：弦长、速度、攻角固定，量相邻的十几个频带。"""
    count = rng.randint(*PER_RUN)
    first = rng.randint(0, len(BANDS) - count + 1)
    frequency = np.array(BANDS[first : first + count], float)
    reynolds = chord * speed / VISCOSITY
    thickness = 0.02 * chord * (reynolds / 2e5) ** -0.2 * 10 ** (0.07 * angle)
    thickness = round(float(np.clip(thickness, 0.0004, 0.0584)), 8)
    octaves = np.log10(frequency * thickness / speed / 0.1)  # 离谱峰几个十倍
    level = (
        128.5
        + 12 * np.log10(speed / 50)
        - 16 * octaves**2 / (1 + 0.4 * np.abs(octaves))
        + 4 * (angle / 22) * np.log10(0.3 / chord)
    )
    level = np.clip(level + 2 * rng.randn(count), 103, 141)
    same = np.ones(count)
    columns = (frequency, angle * same, chord * same, speed * same, thickness * same, level)
    return np.stack(columns, axis=1)


def generate(root: Path) -> None:
    """把表写成 ``root`` 里的 ``airfoil_self_noise.dat``：制表符分隔，没有表头。"""
    rows = build(NUM_ROWS, seed=27)
    lines = [
        f"{f:.0f}\t{angle:g}\t{chord:g}\t{speed:g}\t{thickness:.8f}\t{level:.3f}\n"
        for f, angle, chord, speed, thickness, level in rows
    ]
    (root / FILE).write_text("".join(lines), "utf-8", newline="\n")
