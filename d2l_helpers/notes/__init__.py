"""把旧笔记原样跑一遍，说出帮了什么、错在哪里：``python -m d2l_helpers.notes 文件…``。"""
