"""读一个有表头的 CSV 文件，格子都是文字；不整齐就说哪一行。"""

from __future__ import annotations

import csv
from pathlib import Path

from d2l_helpers.data.hub import DataError


def read_rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """读 CSV 的表头与各行；空行不算。

    参数:
        path: UTF-8 的文件，可以有字节次序标记。

    返回:
        表头，空文件是空列表；各行，列名 → 文字。

    异常:
        DataError: 没有这个文件，不是 UTF-8 的 CSV，或者有一行的格数与表头不同。
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = [row for row in csv.reader(file) if row]
    except FileNotFoundError as error:
        raise DataError(f"没有文件 {path}；请检查位置，或重新取得数据。") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} 不是 UTF-8 的 CSV（{error}）。") from error
    header = table[0] if table else []
    for number, row in enumerate(table[1:], 2):
        if len(row) != len(header):
            raise DataError(f"{path} 第 {number} 行有 {len(row)} 格，表头却有 {len(header)} 格。")
    return header, [dict(zip(header, row, strict=True)) for row in table[1:]]
