"""旧笔记的运行器：每一类毛病都有几份小笔记，帮该帮的，认出该认的，不冤枉好的。"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from d2l_helpers.notes import process
from d2l_helpers.notes.__main__ import main
from d2l_helpers.notes.helps import record, smaller
from d2l_helpers.notes.helps.record import KINDS
from d2l_helpers.notes.outcome import NoteOutcome
from d2l_helpers.notes.running import Options, run_note
from tests.helpers.notes_samples import SAMPLES, TRAINING, Sample
from tools.book import ROOT

Run = tuple[subprocess.CompletedProcess, list[dict[str, Any]], Path]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="有的笔记用了 fork 与信号")


def run(folder: Path, *arguments: str | Path) -> Run:
    """在 ``folder`` 里运行一次，返回进程、各份笔记的结果与文件夹。"""
    environment = os.environ | {
        "D2L_DATA": "standin",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "d2l_helpers.notes", *arguments, "--json", "result.json"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", env=environment, check=False
    )
    place = folder / "result.json"
    assert place.is_file(), done.stderr
    return done, json.loads(place.read_text("utf-8")), folder


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """全部小笔记，一次跑完（每份一个分叉出的进程）。"""
    folder = tmp_path_factory.mktemp("notes")
    (folder / "笔记").mkdir()
    for sample in SAMPLES:
        (folder / "笔记" / sample.name).write_text(sample.text, "utf-8")
    return run(folder, "笔记", "--answer", "小明", "--answer", "7", "--html", "r.html")


def outcome(results: Run, name: str) -> dict[str, Any]:
    return next(note for note in results[1] if Path(note["path"]).name == name)


def advice(note: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for cell in note["cells"] for row in cell["advice"]] + note["prose"]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_each_note_is_answered(results: Run, sample: Sample) -> None:
    note = outcome(results, sample.name)
    told = json.dumps(note, ensure_ascii=False, indent=1)
    helps = {row["kind"] for cell in note["cells"] for row in cell["helps"]}
    rows = advice(note)
    numbers = {row["errata"] for row in rows} | {KINDS[kind].errata for kind in helps}
    assert [cell["state"] for cell in note["cells"]] == sample.states.split(), told
    assert helps == set(sample.helps), told
    assert numbers - {None} == set(sample.errata), told
    if sample.after:
        assert sample.after in [row["after"] for row in rows], told
    assert sample.said in told + results[0].stdout


def test_good_notes_are_left_in_peace(results: Run) -> None:
    for name in ("clean.py", "corrected.py", "guarded_device.py", "main.py"):
        note = outcome(results, name)
        assert not advice(note)
        assert not any(cell["helps"] for cell in note["cells"])


def test_the_first_line_warns_and_failure_is_reported(results: Run) -> None:
    done = results[0]
    assert done.stdout.splitlines()[0].startswith("注意：下面会执行你给的代码")
    assert done.returncode == 1
    assert f"{len(SAMPLES)} 份笔记" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_notes_and_their_folder_are_untouched(results: Run) -> None:
    folder = results[2] / "笔记"
    assert sorted(p.name for p in folder.iterdir()) == sorted(s.name for s in SAMPLES)
    for sample in SAMPLES:
        assert (folder / sample.name).read_text("utf-8") == sample.text
    assert not (folder.parent / "data").exists()


def test_figures_are_kept_beside_the_page(results: Run) -> None:
    kept = outcome(results, "window.py")["cells"][0]["figures"]
    assert len(kept) == 2
    page = (results[2] / "r.html").read_text("utf-8")
    for name in kept:
        picture = results[2] / "r-figures" / name
        assert picture.read_bytes()[:4] == b"\x89PNG"
        assert f"r-figures/{name}" in page


def test_the_page_says_the_same_and_fetches_nothing(results: Run) -> None:
    page = (results[2] / "r.html").read_text("utf-8")
    assert page.count("<section class='cell") == sum(len(n["cells"]) for n in results[1])
    assert "x.T.reshape(-1)" in page
    assert "print(&#x27;再也走不到&#x27;)" in page  # 笔记的字不当作标记
    assert "src='http" not in page
    assert "<script" not in page


def test_quick_shortens_training_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(TRAINING, "utf-8")
    _, (note,), _ = run(tmp_path, "train.py", "--quick", "--html", "r.html")
    cells = note["cells"]
    said = [row["detail"] for cell in cells for row in cell["helps"] if row["kind"] == "quick"]
    assert "num_epochs = 10 → 2" in said
    assert "批量 256 → 32" in said
    assert any("→ 3 批" in one for one in said)
    assert "断言没有过：练得少，不作数" in said
    assert [cell["state"] for cell in cells] == ["helped"] * 4 + ["failed"]
    assert "替身" in json.dumps(cells[1]["helps"], ensure_ascii=False)
    (curve,) = cells[2]["figures"]
    assert (tmp_path / "r-figures" / curve).stat().st_size > 1000


POOLED = """
# %%
import torch
from torch import nn
from torchvision import transforms
from d2l import torch as d2l
train_iter, test_iter = d2l.load_data_fashion_mnist(64, resize=96)
net = nn.Sequential(nn.Conv2d(1, 4, 11, stride=4), nn.AdaptiveAvgPool2d(1),
                    nn.Flatten(), nn.Linear(4, 10))
# %%
for X, y in train_iter:
    print('图', tuple(X.shape), tuple(net(X).shape))
# %%
crop = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224)])
print('裁', tuple(crop(torch.zeros(1, 300, 400)).shape))
# %%
print('变换', train_iter.dataset.transform)
"""

FLAT = POOLED.replace("nn.AdaptiveAvgPool2d(1),", "").replace("Linear(4, 10)", "Linear(1936, 10)")


def test_quick_halves_enlarged_images(tmp_path: Path) -> None:
    (tmp_path / "pooled.py").write_text(POOLED, "utf-8")
    _, (note,), _ = run(tmp_path, "pooled.py", "--quick")
    cells = note["cells"]
    assert not note["bad"]
    assert "图 (32, 1, 48, 48) (32, 10)" in cells[1]["output"]
    assert "裁 (1, 112, 112)" in cells[2]["output"]
    assert "Resize(size=48" in cells[3]["output"]  # 已经缩过的不再缩
    said = [r["detail"] for cell in cells for r in cell["helps"] if r["kind"] == "smaller"]
    assert said == ["边长 96 → 48", "边长 256 → 128", "边长 224 → 112"]
    assert not [r for cell in cells for r in cell["helps"] if r["kind"] == "original"]


def test_a_note_that_needs_the_original_size_gets_it(tmp_path: Path) -> None:
    """全连接层照 96 写死：缩小就报形状不符，那不是笔记的错；真错的照报。"""
    (tmp_path / "flat.py").write_text(FLAT + "# %%\n1 / 0\n", "utf-8")
    _, (note,), _ = run(tmp_path, "flat.py", "--quick")
    cells = note["cells"]
    assert [cell["state"] for cell in cells] == ["helped"] * 2 + ["ok"] * 2 + ["failed"]
    assert "图 (32, 1, 96, 96) (32, 10)" in cells[1]["output"]
    assert "裁 (1, 224, 224)" in cells[2]["output"]
    kinds = {row["kind"] for cell in cells for row in cell["helps"]}
    assert "smaller" not in kinds
    told = [any(row["kind"] == "original" for row in cell["helps"]) for cell in cells]
    assert told == [False, True, False, False, False]  # 除以零与图的大小无关
    assert "ZeroDivisionError" in cells[4]["error"]


def test_only_large_sizes_are_halved() -> None:
    assert smaller.halved(224) == 112
    assert smaller.halved((96, 64)) == (48, 32)
    assert smaller.halved([96, 64]) == [48, 32]
    for size in (28, 63, (96, 32), None, "224", [], smaller.halved(224)):
        assert smaller.halved(size) is size
    record.drain()


def test_help_says_what_happens_to_the_images(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "照原来的大小重跑" in "".join(capsys.readouterr().out.split())


def test_time_limit_writing_and_a_started_process(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "kept.txt").write_text("原来的", "utf-8")
    (folder / "loop.py").write_text(
        "# %%\nx = 5\n# %%\nwhile True:\n    pass\n# %%\nassert x == 5\n", "utf-8"
    )
    (folder / "write.py").write_text(
        "# %%\nprint(open('kept.txt', encoding='utf-8').read())\n"
        "open('kept.txt', 'a').write('x')\nopen('new.txt', 'w').write('x')\n"
        f"# %%\nopen({str(folder / 'kept.txt')!r}, 'w')\n# %%\nimport os\n"
        f"os.remove({str(folder / 'kept.txt')!r})\n",
        "utf-8",
    )
    _, notes, _ = run(folder.parent, folder, "--limit", "20")
    loop, write = (next(n for n in notes if n["path"].endswith(x)) for x in ("loop.py", "write.py"))
    assert [cell["state"] for cell in loop["cells"]] == ["ok", "timeout", "ok"]
    assert "20 秒" in loop["cells"][1]["error"]
    assert [cell["state"] for cell in write["cells"]] == ["ok", "failed", "failed"]
    assert "原来的" in write["cells"][0]["output"]
    assert "--here" in write["cells"][1]["error"]
    assert (folder / "kept.txt").read_text("utf-8") == "原来的"
    assert not (folder / "new.txt").exists()


def test_here_lets_it_write(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("open('new.txt', 'w').write('x')\n", "utf-8")
    done, notes, _ = run(tmp_path, "a.py", "--here")
    assert done.returncode == 0, notes
    assert (tmp_path / "new.txt").read_text() == "x"


def test_where_forking_is_unsafe_a_process_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text("# %%\nx = 1 / 0\n# %%\ny = x\n# %%\nprint(3)\n", "utf-8")
    monkeypatch.setattr(process, "can_fork", lambda: False)
    cells = run_note(tmp_path / "a.py", Options(tmp_path / "figures")).cells
    assert [cell.state for cell in cells] == ["failed", "failed", "ok"]
    assert [cell.because for cell in cells] == [None, 1, None]
    assert cells[2].output.strip() == "3"


def test_an_outcome_without_cells_is_a_problem() -> None:
    assert NoteOutcome(Path("a.py"), problem="读不成").bad
    assert not NoteOutcome(Path("a.py")).bad
