"""换一批随机数：把格子里写明的种子都移动同样多，别处的种子不动。"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DistributedSampler

SEED_OFFSET = "D2L_SEED_OFFSET"  # d2l.seed 看它
FOR_CHILDREN = str(Path(__file__).with_name("seeding"))  # 里面的 sitecustomize 在子进程里照做一遍


def _from_a_cell(depth: int) -> bool:
    """上数第几层的调用者是不是格子里的代码；辅助包（例如替身的生成器）与各个库的种子不动。"""
    return sys._getframe(depth + 1).f_globals.get("__name__") == "__main__"


def _moved(function: Any, offset: int) -> Any:
    """包一层：由格子里的代码以整数种子调用时，种子加上 ``offset``。"""

    def call(*args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], int) and _from_a_cell(1):
            args = (args[0] + offset, *args[1:])
        return function(*args, **kwargs)

    return call


def _moved_class(original: type, made: Any) -> type:
    """代替一个类：调用它由 ``made`` 造实例，``isinstance`` 与类的属性照旧。"""

    class Meta(type(original)):
        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            return made(*args, **kwargs) if cls is moved else super().__call__(*args, **kwargs)

        def __instancecheck__(cls, instance: Any) -> bool:
            return isinstance(instance, original)

    moved = Meta(original.__name__, (original,), {})
    return moved


def move_seeds(offset: int) -> None:
    """把格子里写明的种子都加上 ``offset``：``d2l.seed`` 看环境变量，其余的在这里换掉。

    格子启动的 Python 脚本里写明的种子也一样：同一个函数在格子里与脚本里该给出同样的数。
    """
    os.environ[SEED_OFFSET] = str(offset)
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if FOR_CHILDREN not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [FOR_CHILDREN, *paths]))

    class Generator(torch.Generator):
        def manual_seed(self, seed: int) -> torch.Generator:
            return super().manual_seed(seed + offset if _from_a_cell(1) else seed)

    def sampler(*args: Any, seed: int = 0, **kwargs: Any) -> DistributedSampler:
        return DistributedSampler(*args, seed=seed + offset * _from_a_cell(2), **kwargs)

    def seeded(original: type) -> type:
        def made(*args: Any, **kwargs: Any) -> Any:
            if args and isinstance(args[0], int) and _from_a_cell(2):  # 中间隔着 Meta.__call__
                args = (args[0] + offset, *args[1:])
            return original(*args, **kwargs)

        return _moved_class(original, made)

    random.Random, random.seed = seeded(random.Random), _moved(random.seed, offset)
    np.random.RandomState = seeded(np.random.RandomState)
    np.random.seed = _moved(np.random.seed, offset)
    np.random.default_rng = _moved(np.random.default_rng, offset)
    torch.Generator = _moved_class(torch.Generator, Generator)
    torch.utils.data.DistributedSampler = _moved_class(DistributedSampler, sampler)
    torch.manual_seed = _moved(torch.manual_seed, offset)
