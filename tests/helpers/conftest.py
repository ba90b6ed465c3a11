"""辅助包测试共用的设置。"""

from __future__ import annotations

import matplotlib as mpl
import pytest

mpl.use("Agg")


@pytest.fixture
def standin_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """只用替身，绝不联网；替身放在平常的缓存里，别处生成过就不再生成。"""
    monkeypatch.setenv("D2L_DATA", "standin")
