"""格子用子进程启动的 Python 也移动种子：``move_seeds`` 把这个文件夹放进 PYTHONPATH。"""

import os
import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])

if offset := os.environ.get("D2L_SEED_OFFSET"):
    sys.path.insert(0, ROOT)
    from tools.seeds import move_seeds

    sys.path.remove(ROOT)
    move_seeds(int(offset))
