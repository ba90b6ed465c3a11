"""数据并行：切分小批量、复制网络、把各副本的梯度汇总（allreduce）；用 torchrun 启动几个进程。"""

from __future__ import annotations

import copy
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

Device = torch.device | str


def split_batch(
    X: torch.Tensor, y: torch.Tensor, devices: Sequence[Device]
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """把一个小批量尽量均匀地切开，一个设备一份。

    参数:
        X: 输入，形状 (批量, …)。
        y: 标签，形状 (批量, …)。
        devices: 各份要去的设备，可以重复。

    返回:
        ``X`` 的各份与 ``y`` 的各份，次序与 ``devices`` 相同。

    异常:
        ValueError: 样本数不同，或样本不够每个设备分一个。

    出处:
        本书“多 GPU 训练”。
    """
    if len(X) != len(y):
        raise ValueError(f"X 有 {len(X)} 个样本，y 有 {len(y)} 个，应当相同。")
    if len(X) < len(devices):
        raise ValueError(f"{len(X)} 个样本不够 {len(devices)} 个设备分；请加大批量或减少设备。")
    X_parts = [part.to(d) for part, d in zip(X.tensor_split(len(devices)), devices, strict=True)]
    y_parts = [part.to(d) for part, d in zip(y.tensor_split(len(devices)), devices, strict=True)]
    return X_parts, y_parts


def allreduce(tensors: Sequence[torch.Tensor]) -> None:
    """求和，并把和写回每一个张量；它们可以在不同的设备上。

    参数:
        tensors: 形状相同的张量，就地改写。

    异常:
        ValueError: 一个张量也没有，或形状不同。

    出处:
        本书“多 GPU 训练”。
    """
    shapes = {tuple(tensor.shape) for tensor in tensors}
    if len(shapes) != 1:
        raise ValueError(f"各副本的形状应当相同，而且至少有一个；收到的形状是 {sorted(shapes)}。")
    with torch.no_grad():
        total = tensors[0].clone()
        for tensor in tensors[1:]:
            total += tensor.to(total.device)
        for tensor in tensors:
            tensor.copy_(total)  # 写进原来的内存；写成 tensor = total 只是换了个名字


@torch.no_grad()
def broadcast(nets: Sequence[nn.Module]) -> None:
    """让其余各个副本与第一个一模一样：参数、缓冲区，以及训练还是评估模式。

    参数:
        nets: 同一个网络的副本，可以在不同的设备上。

    出处:
        本书“多 GPU 训练”。
    """
    for net in nets[1:]:
        for ours, source in zip(net.modules(), nets[0].modules(), strict=True):
            ours.training = source.training
        for tensors in (nn.Module.parameters, nn.Module.buffers):
            for ours, source in zip(tensors(net), tensors(nets[0]), strict=True):
                ours.copy_(source)


def reduce_gradients(nets: Sequence[nn.Module]) -> None:
    """把各副本的梯度之和放进每一个算出了梯度的副本；第一个副本一定得到它。

    没有分到样本、或这一步没有用到某个参数的副本，梯度是 ``None``，当作零。

    参数:
        nets: 同一个网络的副本，都已经反向传播过。

    出处:
        本书“多 GPU 训练”。
    """
    for same in zip(*(net.parameters() for net in nets), strict=True):
        gradients = [param.grad for param in same if param.grad is not None]
        if gradients and same[0].requires_grad:
            allreduce(gradients)
            same[0].grad = gradients[0].to(same[0].device)


class Replicas:
    """一个网络在几个设备上的副本：各算各的那一份，梯度汇总到第一个，更新之后再分发。

    第一个副本就是传入的网络本身，优化器更新的是它，所以任何优化器都能用。批量规范化的统计量
    各副本各算各的，留下第一个副本的，与 ``DistributedDataParallel`` 的缺省做法相同。

    参数:
        net: 网络，会被搬到 ``devices[0]``。
        devices: 设备，可以重复，例如 ``replicas(2)``。

    异常:
        ValueError: 一个设备也没有。

    出处:
        本书“多 GPU 训练”。
    """

    def __init__(self, net: nn.Module, devices: Sequence[Device]) -> None:
        if not devices:
            raise ValueError("devices 是空的；至少要有一个设备，例如 [try_gpu()]。")
        self.devices = list(devices)
        net.to(self.devices[0])
        self.nets = [net] + [copy.deepcopy(net).to(d) for d in self.devices[1:]]

    def step(
        self, X: torch.Tensor, y: torch.Tensor, loss: Callable, optimizer: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """走一步，与单个设备上用整个小批量走一步等价；样本比副本少时，多出的副本歇着。

        参数:
            X, y: 一个小批量，第 0 轴是样本。
            loss: ``(y_hat, y) → 标量（批内平均）或逐样本的损失``。
            optimizer: 更新第一个副本的优化器。

        返回:
            整批的输出与平均损失，都在第一个设备上。
        """
        broadcast(self.nets)
        for trained in (optimizer, *self.nets):
            trained.zero_grad()
        outputs, values = [], []
        shares = split_batch(X, y, self.devices[: len(X)])
        for net, X_part, y_part in zip(self.nets, *shares, strict=False):
            y_hat = net(X_part)
            value = loss(y_hat, y_part).mean() * (len(y_part) / len(y))  # 按样本数加权
            value.backward()
            outputs.append(y_hat.detach().to(self.devices[0]))
            values.append(value.detach().to(self.devices[0]))
        reduce_gradients(self.nets)
        optimizer.step()
        return torch.cat(outputs), torch.stack(values).sum()


def local_environment(restarts: int = 0) -> dict[str, str]:
    """给启动器的环境变量：每个进程一个线程，通信只走本机的回环接口。

    参数:
        restarts: 允许重来几次。

    返回:
        现有的环境变量，加上或改掉几个。

    出处:
        本书“多 GPU 训练的简洁实现”。
    """
    settings = {"OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    if sys.platform == "win32":
        settings["USE_LIBUV"] = "0"  # 那里的 PyTorch 不带 libuv
    else:
        loopback = "lo" if sys.platform == "linux" else "lo0"
        settings |= {"GLOO_SOCKET_IFNAME": loopback, "NCCL_SOCKET_IFNAME": loopback}
    if restarts:
        settings["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"  # 免得重来时读到上一次的地址
    return os.environ | settings


def stop(process: subprocess.Popen) -> str:
    """结束启动器和它启动的全部进程。

    参数:
        process: 启动器，标准输出与标准错误都接到管道。

    返回:
        它们写到标准错误的话。

    出处:
        本书“多 GPU 训练的简洁实现”。
    """
    if sys.platform == "win32":
        tree = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(tree, capture_output=True, check=False)
    else:
        process.terminate()  # torchrun 收到后先让工作进程退出，半分钟不听的强行结束
    try:
        return process.communicate(timeout=60)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        return ""


def first_failure(stderr: str, logs: Path) -> str:
    """从启动器的报告与各进程的错误文件里找出：谁先出的事，留下了什么消息。

    参数:
        stderr: 启动器与各进程写到标准错误的话。
        logs: 启动器的日志文件夹；主函数带 ``@record`` 的进程把异常写在这里。

    返回:
        一句话。

    出处:
        本书“多 GPU 训练的简洁实现”。
    """
    ends = re.findall(r"rank +: (\d+) .*\n +exitcode +: (-?\d+)", stderr)
    ends = [(rank, int(code)) for rank, code in ends]
    killers = [end for end in ends if end[1] != -signal.SIGTERM]  # 其余是看守收场时结束的
    facts = []
    for rank, code in killers or ends:
        by_signal = code < 0 and f"被信号 {signal.Signals(-code).name} 结束"
        facts.append(f"秩 {rank} {by_signal or f'以返回码 {code} 退出'}")
    told = []
    for file in sorted(logs.rglob("error.json"), key=lambda file: file.stat().st_mtime_ns):
        message = json.loads(file.read_text(encoding="utf-8"))["message"]
        told.append(message if isinstance(message, str) else message["message"])
    lines = re.findall(r"^(?:\[rank\d+\]: )?([\w.]+(?:Error|Exception)\b.*)", stderr, re.MULTILINE)
    told += [line for line in lines if "ChildFailedError" not in line]  # 启动器自己的不算
    message = f"最早的消息：{told[0]}" if told else "没有一个进程留下消息，像是被直接结束的"
    return "；".join([*facts, message])


def launch(
    script: str | Path,
    *arguments: object,
    num_processes: int = 2,
    restarts: int = 0,
    timeout: float = 240,
) -> subprocess.CompletedProcess:
    """用 torchrun 在本机的几个进程里运行一个脚本，等它们都做完；有一个失败，就都结束并报错。

    参数:
        script: 脚本的路径。
        arguments: 传给脚本的参数，写成文字。
        num_processes: 进程数。
        restarts: 有进程失败时，允许全体重来几次。
        timeout: 至多等几秒，到时结束全部进程。

    返回:
        全体都做完的结果，``stdout`` 与 ``stderr`` 是各进程写下的话。

    异常:
        ValueError: 进程数小于 1。
        FileNotFoundError: 没有这个脚本。
        RuntimeError: 有进程失败；消息的第一行说是谁、为什么，其后是标准错误的原文。
        TimeoutError: 到时还没有做完；进程都已结束。

    出处:
        本书“多 GPU 训练的简洁实现”。
    """
    if num_processes < 1:
        raise ValueError(f"进程数 num_processes 应当至少是 1，收到的是 {num_processes}。")
    if not Path(script).is_file():
        raise FileNotFoundError(f"没有脚本 {script}；请先把它写成文件。")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as logs:
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone",
                   "--local-addr=127.0.0.1", f"--nproc-per-node={num_processes}",
                   f"--max-restarts={restarts}", f"--log-dir={logs}",
                   script, *arguments]  # fmt: skip
        process = subprocess.Popen(list(map(str, command)), env=local_environment(restarts),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   encoding="utf-8", errors="replace")  # fmt: skip
        try:
            stdout, stderr = process.communicate(timeout=timeout)
        except BaseException as error:  # 到时了，或有人按了停止：都不能留下进程
            last = stop(process)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            advice = "若不是太慢（加大 timeout），就是有进程在等没有到场的：查各进程通信的次序"
            message = f"{timeout} 秒还没做完，已全部结束。{advice}。\n{last}"
            raise TimeoutError(message) from None
        if process.returncode:
            raise RuntimeError(f"{first_failure(stderr, Path(logs))}。\n{stderr}")
    return subprocess.CompletedProcess(process.args, 0, stdout, stderr)
