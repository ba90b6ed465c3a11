"""训练时就地更新的图：在 notebook 里一格一处，在脚本里提醒怎样看到它。"""

from __future__ import annotations

import atexit
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Screen:
    """就地更新的一张图：notebook 里一格只有一处，更新而不清空，因此不闪烁，也不吞掉打印的字。

    到这一格结束，它一直是 pyplot 的当前图：接着写 ``plt.title``、``plt.savefig`` 都对着它；
    ``plt.show()`` 与内联后端收尾时不会再画一遍。不在 notebook 里时，图照常留给 ``plt.show()``；
    脚本结束时既没有显示、也没有存下，就提醒一句。

    参数:
        fig: 图，由 pyplot 管着。
    """

    interval = 0.2  # 两次刷新之间至少隔这么多秒

    def __init__(self, fig: Figure) -> None:
        self.fig, self._handle, self._when, self._behind = fig, None, 0.0, False
        self._shell = _shell()
        self.inline = self._shell is not None and "inline" in _backend().lower()
        if self.inline:
            fig._ipython_display_ = self._show_again
        elif self._shell is None:
            _remind(fig)

    def refresh(self) -> None:
        """显示现在的样子；刷新得太勤时攒到下一次，格子结束时总会补上。"""
        from IPython.display import display

        if not self.inline:
            self.fig.canvas.draw_idle()
        elif self._handle is None:
            self._handle = self._quietly(lambda: display(self.fig, display_id=True))
            self._shell.events.register("post_execute", self._finish)
        elif time.monotonic() - self._when > self.interval:
            self._update()
        else:
            self._behind = True
            return
        self._when = time.monotonic()

    def _update(self) -> None:
        self._quietly(lambda: self._handle.update(self.fig))
        self._behind = False

    def _quietly(self, show: Callable[[], Any]) -> Any:
        """由我们显示：这时不走 ``_show_again``。"""
        del self.fig._ipython_display_
        try:
            return show()
        finally:
            self.fig._ipython_display_ = self._show_again

    def _show_again(self) -> None:
        """别人（``plt.show()``、收尾的内联后端、``display(fig)``）要显示它：更新原来那一处。"""
        if self._handle is None:
            self.refresh()
        else:
            self._update()

    def _finish(self) -> None:
        import matplotlib.pyplot as plt

        self._shell.events.unregister("post_execute", self._finish)
        if plt.fignum_exists(self.fig.number):  # 内联后端没有收走它
            self._update()
            plt.close(self.fig)
        elif self._behind:
            self._update()
        self._handle = None  # 下一格再画时，另起一处


def _shell() -> Any:
    """现在的 IPython；普通的脚本里是 ``None``，也不为此导入 IPython。"""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def _backend() -> str:
    import matplotlib.pyplot as plt

    return plt.get_backend()


_unseen: dict[int, Any] = {}  # 脚本里画了曲线、还没有显示也没有存下的图


def _remind(fig: Figure) -> None:
    """脚本结束时提醒：这张图没有显示过，也没有存过。"""
    save = fig.savefig

    def savefig(*args: Any, **kwargs: Any) -> Any:
        _unseen.pop(id(fig), None)
        return save(*args, **kwargs)

    fig.savefig = savefig
    if not _unseen:
        atexit.unregister(_say_unseen)
        atexit.register(_say_unseen)
    _unseen[id(fig)] = fig


def _say_unseen() -> None:
    import matplotlib.pyplot as plt

    left = [fig for fig in _unseen.values() if plt.fignum_exists(fig.number)]
    if left:  # 显示过的，窗口关上之后就不在了
        print(
            f"提示：脚本画了 {len(left)} 幅训练曲线，没有显示也没有存下。脚本与 PyCharm 里要自己写 "
            "plt.show()（写在末尾，会等到窗口关上），没有窗口的机器上写 plt.savefig('curve.png')。",
            file=sys.stderr,
        )
