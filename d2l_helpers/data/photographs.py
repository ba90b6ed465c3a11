"""真实的照片：装在 PyPI 包里的四张，离线可用。"""

from __future__ import annotations

from typing import TYPE_CHECKING

from d2l_helpers.data.hub import dataset_root

if TYPE_CHECKING:
    from PIL import Image

PHOTOGRAPHS = {  # 名字 → 文件
    "astronaut": "astronaut.png",
    "cat": "chelsea.png",
    "coffee": "coffee.png",
    "rocket": "rocket.jpg",
}


def photograph(name: str) -> Image.Image:
    """返回一张彩色照片。

    参数:
        name: ``"astronaut"``（宇航员，512×512）、``"cat"``（猫，451×300）、
            ``"coffee"``（咖啡，600×400）或 ``"rocket"``（火箭，640×427）；大小是宽×高，像素。

    返回:
        RGB 的 PIL 图像；``np.asarray`` 得到 uint8 数组，形状 (高, 宽, 3)。

    异常:
        ValueError: 没有这张照片。
        DataError: 没有装那个包，或者文件与登记的不同。

    出处:
        scikit-image 的 ``skimage.data``：宇航员（NASA）与火箭（SpaceX）属公有领域，
        猫（S. van der Walt）与咖啡（R. Michetti）是 CC0。
    """
    from PIL import Image

    if name not in PHOTOGRAPHS:
        raise ValueError(f"没有名为 {name!r} 的照片；有的是 {'、'.join(PHOTOGRAPHS)}。")
    with Image.open(dataset_root("photographs") / PHOTOGRAPHS[name]) as image:
        return image.convert("RGB")
