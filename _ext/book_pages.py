from __future__ import annotations
from sphinx.application import Sphinx
def setup(app: Sphinx):
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
