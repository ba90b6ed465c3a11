"""make 调用的短脚本。"""

import sys

# jsonschema 导入时顺手载入 rfc3987_syntax，它要一秒 CPU 搭一份网址的文法；notebook 的规范里没有网址
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
