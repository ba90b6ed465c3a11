# 《动手学深度学习》：每个目标都会先装好它需要的东西。make help 列出全部命令。
PY      ?= python3
DATA    ?= standin
SECTION ?=
BIN     := .venv/bin
READY   := .venv/.ready
export D2L_DATA = $(DATA)
export D2L_PROFILE ?= quick
export OMP_NUM_THREADS ?= 1
export TQDM_DISABLE ?= 1
export PYTHONHASHSEED = 0

.DEFAULT_GOAL := help
.PHONY: help book test lab run refs bench test-site test-gpu lint lock clean

help: ## 列出全部命令
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

$(READY): requirements.lock pyproject.toml
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 以上；用 make PY=/路径/python3.12 指定。"; exit 1; }
	@test -x $(BIN)/python || $(PY) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@$(BIN)/python tools/lab_settings.py
	@touch $@

book: $(READY) ## 执行过时的小节，生成网站，打印首页的位置（DATA=real 用真实数据）
	@$(BIN)/python tools/build.py

test: $(READY) ## 重新执行每一格并比较输出；连同辅助包与书的规矩的测试
	@$(BIN)/python tools/test.py

lab: $(READY) ## 打开 JupyterLab，双击 chapters/ 里的任何一节
	@env -u TQDM_DISABLE -u OMP_NUM_THREADS D2L_DATA=auto D2L_PROFILE=auto $(BIN)/jupyter lab

run: $(READY) ## 执行一节并更新它的 notebook：make run SECTION=chapters/…
	@test -n "$(SECTION)" || { echo "要执行哪一节？例如 make run SECTION=chapters/02-linear-networks/06-softmax-scratch"; exit 2; }
	@$(BIN)/python tools/run.py "$(SECTION)"

refs: $(READY) ## 执行全部过时的小节，更新 notebooks/
	@$(BIN)/python tools/execute.py

bench: $(READY) ## 测速：读数据、训练、导入、网站（只报告，不作测试）
	@for script in bench/*.py; do $(BIN)/python $$script || exit 1; done

test-site: book ## 用真浏览器逐页检查网站
	@$(BIN)/python -m pytest tests/site -q

test-gpu: $(READY) ## 在有 GPU 的机器上检查用到 GPU 的部分
	@D2L_PROFILE=auto $(BIN)/python -m pytest tests/gpu -q

lint: $(READY) ## 代码规矩
	@$(BIN)/ruff check .

lock: $(READY) ## 由 requirements.txt 重新求解 requirements.lock
	@$(BIN)/python tools/lock.py

clean: ## 删去生成的网站与执行缓存（保留 .venv）
	rm -rf _build .pytest_cache .ruff_cache
