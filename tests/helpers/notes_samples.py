"""小小的旧笔记：每一类毛病几份，写明运行器应当怎样回答。文字与代码都是我们自己的。"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """一份笔记与应当有的回答。

    参数:
        name: 文件名。
        text: 内容。
        states: 各格的结果，空格隔开。
        errata: 应当提到的勘误（帮助与意见合起来），一条不多，一条不少。
        helps: 应当有的帮助，一样不多，一样不少。
        after: 改好的一行，应当原样出现。
        said: 结果里应当有的话。
    """

    name: str
    text: str
    states: str = "failed"
    errata: tuple[int, ...] = ()
    helps: tuple[str, ...] = ()
    after: str = ""
    said: str = ""


T = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n"
OLD = "import torch\nfrom torch import nn\nfrom d2l import torch as d2l\n"

# ---- 旧包与数据 -----------------------------------------------------------------------------
PACKAGE = [
    Sample("clean.py", T + "x = torch.arange(6.0).reshape(2, 3)\nprint(x.sum())\n", "ok"),
    Sample("both_imports.py", "# %%\nfrom d2l import torch as d2l\n# %%\nimport d2l as whole\n"
           "assert whole.torch is d2l and whole.sgd is d2l.sgd\n# %%\nimport d2l.torch\n",
           "helped ok ok", helps=("d2l",), said="from d2l_helpers import compat as d2l"),
    Sample("other_version.py", "from d2l import mxnet as d2l\n",
           helps=("d2l",), after="from d2l import torch as d2l",
           said="别的框架"),
    Sample("framework.py", "from mxnet import np\n", said="MXNet 已经停止维护"),
    Sample("new_package.py", "import d2l_helpers as d2l\nd2l.train_ch3\n",
           said="旧笔记的导入行写"),
    Sample("later.py", OLD + "d2l.TokenEmbedding\n", helps=("d2l",), said="还没有接上"),
    Sample("torchvision_data.py", """
# %%
import torchvision
from torchvision import transforms
train = torchvision.datasets.FashionMNIST(
    root='../data', train=True, transform=transforms.ToTensor(), download=True)
image, label = train[0]
assert image.shape == (1, 28, 28) and len(train) == len(train.targets) == 60000
test = torchvision.datasets.FashionMNIST('../data', False, transforms.ToTensor())
assert len(test) == 10000
# %%
digits = torchvision.datasets.MNIST('../data', train=False, download=True)
assert len(digits) == 1000 and not __import__('os').path.exists('../data/MNIST')
# %%
torchvision.datasets.KMNIST('../data', download=True)
""", "helped helped failed", helps=("data",), said="真实数据"),
    Sample("own_download.py", """
# %%
import hashlib, os, requests
address = 'http://d2l-data.s3-accelerate.amazonaws.com/kaggle_house_pred_train.csv'
reply = requests.get(address, stream=True, verify=True)
assert reply.status_code == 200
with open('train.csv', 'wb') as file:
    file.write(reply.content)
# %%
import pandas as pd
assert len(pd.read_csv('train.csv').columns) == 81
# %%
from urllib.request import urlretrieve
urlretrieve(address.replace('train', 'test'), 'test.csv')
assert len(pd.read_csv('test.csv').columns) == 80
# %%
pd.read_csv(address).shape
""", "helped ok helped helped", helps=("data",), said="house_prices"),
    Sample("raw_images.py", """
# %%
import gzip, urllib.request
place = 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/t10k-labels-idx1-ubyte.gz'
labels = gzip.decompress(urllib.request.urlopen(place).read())
assert labels[:8] == bytes([0, 0, 8, 1]) + (10_000).to_bytes(4, 'big') and len(labels) == 10_008
# %%
import numpy as np
place = place.replace('t10k-labels-idx1', 'train-images-idx3')
images = np.frombuffer(gzip.decompress(urllib.request.urlopen(place).read()), 'u1', offset=16)
from d2l import torch as d2l
ours = d2l.load_data_fashion_mnist(256)[0].dataset.data
assert (images.reshape(60_000, 28, 28) == ours.numpy()).all()
# %%
place = 'https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz'
digits = gzip.decompress(urllib.request.urlopen(place).read())
assert len(digits) == 1008
""", "helped helped helped", helps=("data", "d2l"), said="MNIST"),
    Sample("elsewhere.py", "import urllib.request\n"
           "urllib.request.urlretrieve('https://example.com/cat.jpg', 'cat.jpg')\n",
           said="不联网"),
    Sample("sockets.py", "import socket\nsocket.create_connection(('example.com', 80))\n",
           said="不联网"),
    Sample("local_server.py", """
import threading, urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'hello')
    def log_message(self, *args):
        pass
server = HTTPServer(('127.0.0.1', 0), Hello)
threading.Thread(target=server.handle_request, daemon=True).start()
reply = urllib.request.urlopen(f'http://127.0.0.1:{server.server_port}/').read()
assert reply == b'hello'
""", "ok"),
    Sample("pretrained.py", "import torchvision\n"
           "torchvision.models.resnet18(weights='DEFAULT')\n", said="不联网"),
]  # fmt: skip

# ---- 没有的东西：GPU、窗口、人、命令 --------------------------------------------------------
MACHINE = [
    Sample("waits.py", T + """
start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
start.record()
torch.cuda.synchronize()
end.record()
torch.cuda.reset_peak_memory_stats()
with torch.cuda.stream(torch.cuda.Stream()):
    x = torch.ones(2)
print(start.elapsed_time(end) >= 0, torch.cuda.max_memory_allocated(), torch.cuda.device_count())
""", "helped", (36,), ("wait",), said="d2l.synchronize"),
    Sample("placed.py", T + """
device = torch.device('cuda:1')
x = torch.ones(3, device=device)
net = nn.Linear(3, 1).to('cuda')
y = net(x.cuda(0))
z = torch.zeros(2).to(device, torch.float64)
assert x.device.type == y.device.type == 'cpu' and z.dtype == torch.float64
""", "helped", (36,), ("device",), said="d2l.try_gpu"),
    Sample("guarded_device.py", T + "device = 'cuda' if torch.cuda.is_available() else 'cpu'\n"
           "x = torch.ones(2).to(device)\n", "ok"),
    Sample("scatter.py", T + """
X = torch.arange(20).reshape(5, 4)
first, second = nn.parallel.scatter(X, ['cpu', 'cpu'])
assert first.shape == (3, 4) and torch.equal(torch.cat([first, second]), X)
pairs = nn.parallel.scatter((X, X[:, 0]), ['cpu', 'cpu'])
assert len(pairs) == 2 and pairs[1][1].shape == (2,)
""", "helped", (36,), ("scatter",), said="d2l.split_batch"),
    Sample("demands_gpu.py", T + "assert torch.cuda.is_available()\n", errata=(36,)),
    Sample("parallel.py", T + "net = nn.DataParallel(nn.Linear(2, 1))\n"
           "net(torch.ones(1, 2))\n", "ok", (38,)),
    Sample("window.py", """
import matplotlib
matplotlib.use('TkAgg')
import matplotlib.pyplot as plt
for i in range(2):
    plt.figure()
    plt.plot([1, 2, i])
    plt.pause(30)
plt.show(block=True)
""", "helped", helps=("window",)),
    Sample("key.py", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\n"
           "plt.waitforbuttonpress()\n", "helped", (33,), ("key",)),
    Sample("prompt.py", "# %%\nname = input('你的名字？')\n# %%\nassert int(input()) == 7\n",
           "helped helped", helps=("prompt",), said="你的名字"),
    Sample("magics.ipynb", '{"cells": [{"cell_type": "code", "source": ["%matplotlib inline\\n", '
           '"!pip install d2l==0.17.6\\n", "%load_ext autoreload\\n", "%pip install torch\\n", '
           '"!echo 你好\\n", "x = 1"]}, {"cell_type": "code", "source": "%%time\\ny = x + 1"}, '
           '{"cell_type": "code", "source": "!nvidia-smi\\nfiles = !ls\\ny"}]}',
           "helped ok helped", helps=("shell", "magic"), said="pip install d2l"),
    Sample("wget.ipynb", '{"cells": [{"cell_type": "code", "source": "!wget -q -P got '
           'https://d2l-data.s3-accelerate.amazonaws.com/kaggle_house_pred_test.csv\\n'
           'assert len(open(\'got/kaggle_house_pred_test.csv\').readlines()) > 100"}]}',
           "helped", helps=("data",)),
    Sample("installs.py", "import subprocess, sys\n"
           "subprocess.run([sys.executable, '-m', 'pip', 'install', 'd2l'], check=True)\n",
           said="不安装"),
    Sample("system.py", "import os\nos.system('git clone https://example.com/x.git')\n",
           said="不安装"),
    Sample("workers.py", T + """
from torch.utils import data
rows = data.TensorDataset(torch.arange(6.0))
loader = data.DataLoader(rows, batch_size=2, num_workers=4, prefetch_factor=2)
assert sum(len(x) for (x,) in loader) == 6 and loader.num_workers == 0
""", "helped", (32,), ("workers",)),
]  # fmt: skip

# ---- 名字与版本 -----------------------------------------------------------------------------
NAMES = [
    Sample("numpy_names.py", "import numpy as np\nassert np.float(3) == np.product([3, 1])\n"
           "x = np.zeros(2, dtype=np.int)\n", "helped", helps=("renamed",),
           said="np.float → float"),
    Sample("abstract.py", "import collections\nassert isinstance([], collections.Iterable)\n",
           "helped", helps=("renamed",)),
    Sample("formats.py", "from IPython import display\ndisplay.set_matplotlib_formats('svg')\n"
           "import matplotlib.pyplot as plt\nplt.style.use('seaborn-whitegrid')\n", "helped",
           helps=("renamed",), said="seaborn-v0_8"),
    Sample("next.py", T + "from torch.utils import data\n"
           "loader = data.DataLoader(torch.arange(4.0), batch_size=2)\n"
           "first = iter(loader).next()\nassert len(first) == 2\n", "helped", helps=("renamed",)),
    Sample("six.py", "from torch._six import string_classes\n"
           "assert isinstance('', string_classes)\n", "helped", helps=("renamed",)),
    Sample("whole_network.py", T + "net = nn.Linear(2, 1)\ntorch.save(net, 'net.pt')\n"
           "again = torch.load('net.pt')\nassert again.weight.shape == (1, 2)\n", "helped",
           helps=("pickle",), said="state_dict"),
    Sample("objects.py", """
# %%
import pandas as pd
t = pd.DataFrame({'size': [1.0, None, 3.0], 'alley': ['a', None, 'b']})
numeric = t.dtypes[t.dtypes != 'object'].index
t[numeric] = t[numeric].fillna(t[numeric].mean())
assert list(numeric) == ['size'] and t['size'].tolist() == [1, 2, 3]
""", "helped", (17,), ("strings",), said="select_dtypes"),
    Sample("append.py", "import pandas as pd\nt = pd.DataFrame({'a': [1]})\nt.append(t)\n",
           said="pd.concat"),
    Sample("iteritems.py", "import pandas as pd\nt = pd.DataFrame({'a': [1]})\n"
           "for name, column in t.iteritems():\n    pass\n",
           after="for name, column in t.items():"),
    Sample("python2.py", "x = 3\nprint x\n", after="print(x)"),
    Sample("typo.py", "import pandas as pd\nt = pd.DataFrame({'a': [1.0]})\nt.men()\n",
           errata=(16,), after="t.mean()"),
    Sample("missing_file.py", "import pandas as pd\npd.read_csv(r'D:\\notes\\houses.csv')\n",
           after="pd.read_csv(r'houses.csv')", said="没有这个文件"),
]  # fmt: skip

# ---- 勘误：一运行就报错的 -------------------------------------------------------------------
LOUD = [
    Sample("e01.py", T + "torch.tensor([2, 1], [1, 2])\n", errata=(1,),
           after="torch.tensor([[2, 1], [1, 2]])"),
    Sample("e03.py", "# %%\na = (1，2)\n# %%\nb = 1 ＋ 2\n", "failed failed", (3,),
           after="b = 1 + 2"),
    Sample("e06.py", T + "x = torch.arange(6).reshape(2, 3)\ny = x.T.view(-1)\n", errata=(6,),
           after="y = x.T.reshape(-1)"),
    Sample("e07.py", T + "torch.zeros(2, 3, 4, 5).permute(2, 0, 1)\n", errata=(7,)),
    Sample("e10.py", T + """
x = torch.tensor([1.0, 2.0], requires_grad=True)
square = x * x
y = (square * square).sum()
square.detach().zero_()
y.backward()
""", errata=(10,)),
    Sample("e14.py", T + "A = torch.eye(2)\nB = torch.dot(A, A)\n", errata=(14,),
           after="B = A @ A"),
    Sample("e16.py", r"path = 'D:\New\Users'" + "\n", errata=(16,),
           after=r"path = r'D:\New\Users'"),
    Sample("e17.py", "import pandas as pd\nt = pd.DataFrame({'n': [1.0, None], 's': ['a', 'b']})\n"
           "t = t.fillna(t.mean())\n", errata=(17,),
           after="t = t.fillna(t.mean(numeric_only=True))"),
    Sample("e17_dummies.py", "import pandas as pd, torch\n"
           "t = pd.DataFrame({'n': [1.0, 2.0], 's': ['a', 'b']})\n"
           "X = torch.tensor(pd.get_dummies(t, dummy_na=True).values)\n", errata=(17,),
           after="X = torch.tensor(pd.get_dummies(t, dummy_na=True, dtype=float).values)"),
    Sample("e19.py", T + "# %%\nx = torch.ones(2, requires_gead=True)\n# %%\n"
           "x = torch.ones(2, requires_grad=True)\nx.grad_data\n# %%\n"
           "torch.optim.SGD([x], lr=le-3)\n# %%\nx.grad is now None\n",
           "ok failed failed failed failed", (19,),
           after="torch.optim.SGD([x], lr=1e-3)"),
    Sample("e27.py", T + "y = torch.ones(3)\ny.size.numel()\n", errata=(27,), after="y.numel()"),
    Sample("e30.py", T + """
class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
    def forward(self, X):
        return X * self.weight.data
Scale()(torch.ones(3)).sum().backward()
""", errata=(30,), after="return X * self.weight"),
]  # fmt: skip

# ---- 勘误：不响的 ---------------------------------------------------------------------------
SILENT = [
    Sample("e02.py", T + "x = torch.zeros((2, 3, 4))  # 3 行 4 列的矩阵\n", "ok", (2,)),
    Sample("e04.py", T + "X = torch.arange(12).reshape(3, 4)\nX[1, 2]  # 第一行第二列\n",
           "ok", (4,)),
    Sample("e05.md", "标量是一维的。\n\n```python\nx = 1\n```\n", "ok", (5,)),
    Sample("e08.py", T + "x = torch.Tensor(1)\n", "ok", (8,), after="x = torch.tensor(1)"),
    Sample("e09.py", T + "x = torch.ones(2, 3)\nprint(id(x[0]) == id(x))\n", "ok", (9,)),
    Sample("e11.py", T + "x = torch.ones(2, 5, 4)\ns = x.sum(axis=1)  # (2, 1, 4)\n", "ok", (11,),
           after="s = x.sum(axis=1)  # 形状 (2, 4)"),
    Sample("e12.py", T + "x = torch.ones(2, 5, 4)\nx.sum(axis=[0, 1])  # 这是什么意思？\n", "ok",
           (12,)),
    Sample("e12_twice.md", "`x.sum(axis=[0, 1])` 就是 `x.sum(0).sum(1)`。\n\n"
           "```python\nx = 1\n```\n", "ok", (12,)),
    Sample("e12_shape.py", T + "x = torch.ones(2, 5, 4)\ns = x.sum(axis=[0, 1])  # 形状 (5,)\n",
           "ok", (12,), after="s = x.sum(axis=[0, 1])  # 形状 (4,)"),
    Sample("e13.py", T + "v = torch.arange(3.0)\nv.T\n", "ok", (13,)),
    Sample("e15.py", T + "x = torch.ones(4)\nn = torch.norm(x)\ns = x.storage()\n", "ok", (15,),
           after="n = torch.linalg.vector_norm(x)"),
    Sample("e18.md", "```bash\nconda create -n -y d2l python=3.9\n```\n\n```python\nx = 1\n```\n",
           "ok", (18,), after="conda create -y -n d2l python=3.9"),
    Sample("e20.py", T + "x = torch.tensor([1.0, 2.0])\nz = x * x + 2 * x\n"
           "print(x)  # tensor([3., 8.])\n", "ok", (20,), after="print(z)  # tensor([3., 8.])"),
    Sample("e20_label.ipynb", '{"cells": [{"cell_type": "code", "source": "x = 3.0\\n'
           'z = x * x\\nprint(f\'z = {x}\')"}, {"cell_type": "code", "source": '
           '"print(\'z =\', z)"}]}', "ok ok", (20,), after="print(f'z = {z}')"),
    Sample("e21.md", "MSELoss 用于分类，交叉熵用于回归。\n\n```python\nx = 1\n```\n", "ok", (21,)),
    Sample("e22.py", T + "e = torch.linspace(-3, 3, 7)\n"
           "h = torch.where(e.abs() <= 1, 0.5 * e ** 2, torch.ones_like(e))\n", "ok", (22,),
           after="h = torch.where(e.abs() <= 1, 0.5 * e ** 2, e.abs() - 0.5)"),
    Sample("e23.md", "梯度下降会卡住，因为这是 NP 问题。\n\n```python\nx = 1\n```\n", "ok", (23,)),
    Sample("e24.py", "x = 1  # PyTorch 用不了 Mac 的显卡\n", "ok", (24,)),
    Sample("e25.py", "x = 1  # 梯度累加只是为了省内存\n", "ok", (25,)),
    Sample("e26.py", """
def evaluate_accuracy(net, batches):
    return 1.0
net, train_iter, test_iter = None, [], []
test_acc = evaluate_accuracy(net, train_iter)
""", "ok", (26,), after="test_acc = evaluate_accuracy(net, test_iter)"),
    Sample("e28.py", T + """
def score(net, X):
    if isinstance(net, nn.Module):
        net.eval()
        return net(X).mean()
print(score(lambda X: X, torch.ones(2)))
""", "ok", (28,)),
    Sample("e29.py", T + """
class Chain(nn.Module):
    def __init__(self, *blocks):
        super().__init__()
        for block in blocks:
            self._modules[block] = block
Chain(nn.Linear(1, 1))
""", "ok", (29,), after="self._modules[str(len(self._modules))] = block"),
    Sample("e31.py", T + "o = torch.tensor([[0.0, 200.0]])\nloss = -torch.log(F.softmax(o, 1))\n",
           "ok", (31,), after="loss = -F.log_softmax(o, 1)"),
    Sample("e34.py", T + "a = torch.ones(3)\nb = a * 3 / 3\n"
           "ok = torch.sum(torch.abs(a - b)) < 1e-6\n",
           "ok", (34,), after="ok = torch.testing.assert_close(a, b)"),
    Sample("e35.py", T + "X = torch.ones(1, 1, 28, 28)\n"
           "Y = nn.Conv2d(1, 6, 5, padding=2, stride=2)(X)  # (1, 6, 13, 13)\n", "ok", (35,),
           after="Y = nn.Conv2d(1, 6, 5, padding=2, stride=2)(X)  # 形状 (1, 6, 14, 14)"),
    Sample("e37.py", T + """
def allreduce(data):
    total = sum(data)
    for i in range(len(data)):
        data[i] = total
allreduce([torch.ones(2), torch.ones(2)])
""", "ok", (37,), after="data[i][:] = total"),
    Sample("e39.py", """
batches = iter([1, 2, 3])
total = sum(batches)
for batch in batches:
    print('再也走不到')
""", "ok", (39,)),
    Sample("broadcast.py", T + "y_hat = torch.ones(4, 1)\n"
           "loss = nn.MSELoss()(y_hat, torch.zeros(4))\n", "ok", said="广播"),
    Sample("shown.py", """
# %%
import torch
x = torch.tensor([1.0, 2.0])
before = x.clone()
z = x * x
x  # tensor([1., 2.])
x += 1
# %%
y = x * x
w = y
print(x)  # tensor([2., 3.])
print('y:', x)
print(z)  # 2
print('z =', z)  # [4, 9]
y  # tensor([4., 9.])
# %%
loss = y.mean()
print(f'loss = {loss}')
print('y =', loss)
# %%
mean = 2.0
print(x)  # 2
""", "ok ok ok ok"),
    Sample("corrected.py", T + """
# view 与 reshape 并不一样；标量是 0 维；迭代器不能从头再来
x = torch.zeros((2, 3, 4))  # 2 个 3 行 4 列
y = x.permute(2, 0, 1)  # (4, 2, 3)
before = id(y)
y = y + 1
print(id(y) == before)
o = torch.ones(2, 3)
p = torch.softmax(o, dim=1)
loss = F.cross_entropy(o, torch.tensor([0, 1]))
acc = (p > 0.1).float().mean()
rows = [1, 2]
print(sum(rows), [r for r in rows])
total = torch.ones(2, 5, 4).sum(axis=[0, 1])  # 一次压掉两个轴，剩下 (4,)；不等于 sum(0).sum(1)
again = torch.ones(2, 5, 4).sum(axis=[0, 1], keepdim=True).shape  # 为什么还有三个轴？一起留下
""", "ok"),
]  # fmt: skip

# ---- 牵连、退出 -----------------------------------------------------------------------------
TRAINING = """
# %%
import torch
from torch import nn
from d2l import torch as d2l
# %%
train_iter, test_iter = d2l.load_data_fashion_mnist(256)
net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
loss = nn.CrossEntropyLoss(reduction='none')
# %%
num_epochs = 10
d2l.train_ch3(net, train_iter, test_iter, loss, num_epochs,
              torch.optim.SGD(net.parameters(), lr=0.1))
# %%
train_loss = 9.0
assert train_loss < 0.5
# %%
assert len(train_iter) == 235
"""

FLOW = [
    Sample("knock_on.py", "# %%\nx = 1 / 0\n# %%\ny = x + 1\n# %%\nz = y\n# %%\nw = 3\n",
           "failed failed failed ok", said="第 2 格失败的牵连"),
    Sample("leaves.py", "# %%\nx = 1\n# %%\nimport sys\nsys.exit()\n# %%\nx\n", "ok ok skipped"),
    Sample("dies.py", "# %%\nimport os\nos._exit(3)\n# %%\nx = 1\n", "crashed skipped",
           said="退出码 3"),
    Sample("signals.py", "import os\nos.kill(os.getpid(), 11)\n", "crashed", said="SIGSEGV"),
    Sample("deep.py", "# %%\nimport torch\ndef flat(x):\n    return x.T.view(-1)\n# %%\n"
           "y = 1\nz = flat(torch.ones(2, 3))\n", "ok failed", (6,),
           after="return x.T.reshape(-1)", said="第 7 行"),
    Sample("main.py", "if __name__ == '__main__':\n    import sys\n    print(sys.argv, __file__)\n"
           "    assert sys.argv == ['main.py'] and __file__.endswith('main.py')\n", "ok"),
    Sample("fork_pool.py", "import multiprocessing as mp\ndef double(x):\n    return 2 * x\n"
           "with mp.get_context('fork').Pool(2) as pool:\n"
           "    assert pool.map(double, [1, 2]) == [2, 4]\n", "ok"),
]  # fmt: skip

# ---- 旧包的两章：优化算法、计算机视觉的框 ---------------------------------------------------
CHAPTERS = [
    Sample("optimizers.py", """
# %%
%matplotlib inline
import torch
from d2l import torch as d2l
valley = lambda x1, x2: 0.2 * x1 ** 2 + x2 ** 2
def with_velocity(x1, x2, v1, v2):
    v1, v2 = 0.5 * v1 + 0.4 * x1, 0.5 * v2 + 2 * x2
    return x1 - 0.3 * v1, x2 - 0.3 * v2, v1, v2
path = d2l.train_2d(with_velocity)
d2l.show_trace_2d(valley, path)
d2l.annotate('start', path[0], (-3, 0))
# %%
def init_velocity(width):
    return torch.zeros((width, 1)), torch.zeros(1)
def heavy_ball(params, states, hyperparams):
    for p, v in zip(params, states):
        with torch.no_grad():
            v[:] = hyperparams['momentum'] * v + p.grad
            p[:] -= hyperparams['lr'] * v
        p.grad.data.zero_()
data_iter, width = d2l.get_data_ch11(batch_size=50)
seconds, losses = d2l.train_ch11(heavy_ball, init_velocity(width),
                                 {'lr': 0.05, 'momentum': 0.5}, data_iter, width)
assert len(seconds) == len(losses) == 15 and losses[-1] < losses[0]
# %%
d2l.train_concise_ch11(torch.optim.SGD, {'lr': 0.05, 'momentum': 0.5}, data_iter, 1)
""", "helped helped ok", helps=("d2l", "data")),
    Sample("boxes.py", """
# %%
import torch
from d2l import torch as d2l
feature_map = torch.zeros(1, 3, 4, 6)
anchors = d2l.multibox_prior(feature_map, sizes=[0.6, 0.3], ratios=[1, 3, 0.5])
print(anchors.shape)
# %%
labels = torch.tensor([[[0, 0.1, 0.1, 0.5, 0.6], [1, 0.4, 0.3, 0.9, 0.95]]])
offsets, masks, classes = d2l.multibox_target(anchors, labels)
assert offsets.shape == masks.shape == (1, 4 * 96) and set(classes[0].tolist()) == {0, 1, 2}
# %%
scores = torch.nn.functional.one_hot(classes, 3).permute(0, 2, 1).float()
found = d2l.multibox_detection(scores, offsets, anchors, nms_threshold=0.4)
rows = [row for row in found[0] if row[0] != -1]
assert sorted(int(row[0]) for row in rows) == [0, 1]
# %%
axes = d2l.plt.imshow(torch.zeros(40, 60).numpy()).axes
scale = torch.tensor((60, 40, 60, 40))
d2l.show_bboxes(axes, [row[2:] * scale for row in rows], ['one', 'two'], 'w')
assert len(axes.patches) == 2
""", "helped ok ok ok", helps=("d2l",)),
    Sample("pictures.py", """
# %%
import os
from d2l import torch as d2l
side, (batch, _) = 256, d2l.load_data_bananas(8)
X, y = next(iter(batch))
assert X.shape == (8, 3, side, side) and y.shape == (8, 1, 5)
axes = d2l.show_images(X[:2].permute(0, 2, 3, 1) / 255, 1, 2)
for ax, label in zip(axes, y):
    d2l.show_bboxes(ax, [label[0][1:5] * side], colors=['w'])
# %%
labels = d2l.read_csv_labels(os.path.join(d2l.download_extract('cifar10_tiny'), 'trainLabels.csv'))
assert len(set(labels.values())) == 10
# %%
table = d2l.voc_colormap2label()
colors = d2l.torch.tensor(d2l.VOC_COLORMAP, dtype=d2l.torch.uint8).T.reshape(3, 3, 7)
part, indices = d2l.voc_rand_crop(colors, d2l.voc_label_indices(colors, table), 2, 5)
assert (colors.new_tensor(d2l.VOC_COLORMAP)[indices].permute(2, 0, 1) == part).all()
""", "helped helped ok", helps=("d2l", "data")),
]  # fmt: skip

SAMPLES = [*PACKAGE, *CHAPTERS, *MACHINE, *NAMES, *LOUD, *SILENT, *FLOW]
