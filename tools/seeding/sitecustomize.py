"""格子用子进程启动的 Python 也移动种子：``move_seeds`` 把这个文件夹放进 PYTHONPATH。

等脚本自己导入 torch 之后才移：有的格子正是要看一个脚本导入了什么，不能替它先导入。
"""

import importlib.util
import os
import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])


class AfterTorch:
    """第一次导入 torch 时，在它后面接上 ``move_seeds``。"""

    def find_spec(self, name, path=None, target=None):
        """只管 torch 一次，其余的照常。"""
        if name != "torch":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def execute_and_move(module):
            execute(module)
            sys.path.insert(0, ROOT)
            from tools.seeds import move_seeds

            sys.path.remove(ROOT)
            move_seeds(int(os.environ["D2L_SEED_OFFSET"]))

        spec.loader.exec_module = execute_and_move
        return spec


if os.environ.get("D2L_SEED_OFFSET"):
    sys.meta_path.insert(0, AfterTorch())
