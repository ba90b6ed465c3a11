"""由 torchrun 启动的一个进程：用 DistributedDataParallel 训练三步，秩 0 存下结果。

用法: ``torchrun --nproc-per-node=2 two_processes.py nccl 结果的路径``。
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta

import torch
import torch.distributed as dist
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel

from tests.gpu.toys import make, pictures


def main(backend: str, result: str) -> None:
    """各进程取自己那一半样本，走三步。"""
    device = torch.device("cpu")
    if backend == "nccl":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    dist.init_process_group(backend, timeout=timedelta(seconds=120))
    rank, world = dist.get_rank(), dist.get_world_size()
    net = DistributedDataParallel(make("LeNet").double().to(device))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    X, y = (tensor[rank::world].to(device) for tensor in pictures("LeNet", 32))
    losses = []
    for _ in range(3):
        loss = F.cross_entropy(net(X.double()), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    total = torch.stack(losses)
    dist.all_reduce(total)
    flat = torch.cat([param.detach().flatten() for param in net.parameters()])
    others = [torch.empty_like(flat) for _ in range(world)]
    dist.all_gather(others, flat)
    if rank == 0:
        trained = [param.detach().cpu() for param in net.parameters()]
        spread = max((other - flat).abs().max().item() for other in others)
        torch.save({"losses": total.cpu() / world, "trained": trained, "spread": spread}, result)
    dist.destroy_process_group()


if __name__ == "__main__":
    main(*sys.argv[1:])
