"""测速：训练 SSD 与裸循环之比；FCN 的快慢；框的运算与 torchvision 之比。只报告，不作测试。

用法: ``python bench/vision.py``，打印 Markdown 表格。

单线程，替身数据；各种写法轮流各跑几遍，各取最快的一遍，所以比值可比；绝对数随机器而变。
计时不含造网络、读数据与训练目标。
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("D2L_DATA", "standin")
os.environ |= {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1", "PYTHONWARNINGS": "ignore"}

import torch
from torch.nn import functional as F
from torchvision import ops

import d2l_helpers as d2l

BATCH_SIZE, REPEATS = 32, 5
COUNTS = (100, 1000)  # 框的个数
Targets = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def bare_loss(scores: torch.Tensor, offsets: torch.Tensor, targets: Targets) -> torch.Tensor:
    """裸循环的损失：与 ``d2l.ssd_loss`` 的两项之和相同，用 ``topk`` 选背景。"""
    true_offsets, _, classes = targets
    each = F.cross_entropy(scores.flatten(0, 1), classes.flatten(), reduction="none")
    each = each.view_as(classes)
    positive = classes > 0
    counts = positive.sum(dim=1)
    hardest = each.detach().masked_fill(positive, -1.0).topk(3 * int(counts.max()), dim=1)
    inside = torch.arange(hardest.indices.shape[1]) < 3 * counts[:, None]
    negative = each.gather(1, hardest.indices)[inside & (hardest.values >= 0)]
    distance = F.smooth_l1_loss(offsets[positive], true_offsets[positive], reduction="sum")
    return (each[positive].sum() + negative.sum() + distance) / counts.sum().clamp(min=1)


def our_loss(scores: torch.Tensor, offsets: torch.Tensor, targets: Targets) -> torch.Tensor:
    """``d2l.ssd_loss`` 的两项之和。"""
    return sum(d2l.ssd_loss(scores, offsets, targets))


def train_ours(net: d2l.TinySSD, images: torch.Tensor, targets: Targets) -> float:
    """书里的一轮：``TinySSD`` 每批都造锚框，``ssd_loss`` 排两次序；返回平均损失。"""

    def step(X: torch.Tensor, goal: Targets) -> torch.Tensor:
        _, scores, offsets = net(X)
        return our_loss(scores, offsets, goal)

    return _epoch(net, images, targets, step)


def train_bare(net: d2l.TinySSD, images: torch.Tensor, targets: Targets) -> float:
    """裸循环的一轮：同样的层，不造锚框，损失直接写；返回平均损失。"""

    def step(X: torch.Tensor, goal: Targets) -> torch.Tensor:
        scores, offsets = [], []
        for k, stage in enumerate(net.stages):
            X = stage(X)
            for head, width, out in (
                (net.class_heads[k], net.num_classes + 1, scores),
                (net.offset_heads[k], 4, offsets),
            ):
                out.append(head(X).permute(0, 2, 3, 1).reshape(len(X), -1, width))
        return bare_loss(torch.cat(scores, dim=1), torch.cat(offsets, dim=1), goal)

    return _epoch(net, images, targets, step)


def _epoch(
    net: d2l.TinySSD,
    images: torch.Tensor,
    targets: Targets,
    step: Callable[[torch.Tensor, Targets], torch.Tensor],
) -> float:
    """两种写法共用的：打乱、取行、换算、反向、更新。"""
    optimizer, total = torch.optim.Adam(net.parameters(), lr=1e-3), 0.0
    net.train()
    for index in torch.randperm(len(images)).split(BATCH_SIZE):
        loss = step(images[index].float() / 255, tuple(part[index] for part in targets))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(index) / len(images)
    return total


def training_rows() -> Iterator[str]:
    """训练的表的各行；顺便确认两种写法做的是同一件事。"""
    images, labels = d2l.bananas(train=True)
    anchors = d2l.TinySSD(1)(images[:1].float() / 255)[0]
    targets = d2l.anchor_targets(anchors, labels)
    ways = {"裸循环": train_bare, "`TinySSD` + `ssd_loss`": train_ours}
    seconds, losses = {way: [] for way in ways}, {}
    for repeat in range(REPEATS):
        for way, run in list(ways.items())[:: 1 if repeat % 2 else -1]:
            torch.manual_seed(repeat)
            net = d2l.TinySSD(1)
            begin = time.perf_counter()
            losses[way] = run(net, images, targets)
            seconds[way].append(time.perf_counter() - begin)
    bare, ours = (torch.tensor(losses[way]) for way in ways)
    torch.testing.assert_close(ours, bare, rtol=1e-2, atol=1e-2)
    best = {way: min(values) for way, values in seconds.items()}
    for way, value in best.items():
        yield f"| {way} | {len(images) / value:,.0f} | {best['裸循环'] / value:.2f} |"


def fcn_rows() -> Iterator[str]:
    """FCN 的表的各行：64×64，批量 16，训练一步与推断一批，每秒多少张。"""
    torch.manual_seed(0)
    X, y = torch.rand(16, 3, 64, 64), torch.randint(0, 21, (16, 64, 64))
    net = d2l.FCN()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step() -> None:
        optimizer.zero_grad()
        F.cross_entropy(net.train()(X), y, ignore_index=255).backward()
        optimizer.step()

    def infer() -> None:
        with torch.inference_mode():
            net.eval()(X).argmax(dim=1)

    train, test = d2l.take_turns(step, infer, rounds=REPEATS)
    yield f"| {len(X) / train:,.0f} | {len(X) / test:,.0f} |"


def boxes_rows() -> Iterator[str]:
    """框的运算的表的各行：毫秒，与 torchvision 的用时之比。"""
    for count in COUNTS:
        torch.manual_seed(0)
        low = torch.rand(count, 2)
        boxes = torch.cat([low, low + 0.05 + 0.2 * torch.rand(count, 2)], dim=1)
        scores = torch.rand(count)
        assert torch.equal(d2l.nms(boxes, scores, 0.5), ops.nms(boxes, scores, 0.5))
        torch.testing.assert_close(d2l.box_iou(boxes, boxes), ops.box_iou(boxes, boxes))
        pairs = {
            "`box_iou`": (lambda b=boxes: d2l.box_iou(b, b), lambda b=boxes: ops.box_iou(b, b)),
            "`nms`": (
                lambda b=boxes, s=scores: d2l.nms(b, s, 0.5),
                lambda b=boxes, s=scores: ops.nms(b, s, 0.5),
            ),
        }
        for name, works in pairs.items():
            ours, theirs = (1000 * value for value in d2l.take_turns(*works, rounds=REPEATS))
            yield f"| {name} | {count} | {ours:.2f} | {theirs:.3f} | {ours / theirs:.1f} |"


def main() -> None:
    """打印三张表格。"""
    torch.set_num_threads(1)
    print(f"### 训练 SSD：64×64，批量 {BATCH_SIZE}，单线程，{REPEATS} 遍取最快\n")
    print("| 写法 | 样本/秒 | 与裸循环之比 |\n| --- | ---: | ---: |")
    for row in training_rows():
        print(row, flush=True)
    print("\n### FCN：64×64，批量 16，单线程\n")
    print("| 训练，张/秒 | 推断，张/秒 |\n| ---: | ---: |")
    for row in fcn_rows():
        print(row, flush=True)
    print("\n### 框的运算：单线程\n")
    print("| 运算 | 框数 | 本书，毫秒 | torchvision，毫秒 | 倍数 |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for row in boxes_rows():
        print(row, flush=True)
    print()


if __name__ == "__main__":
    main()
