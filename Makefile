# 《动手学深度学习》：每个目标都会先装好它需要的东西。make help 列出全部命令。
# 没有 make 的机器（Windows）：装好依赖后直接执行 python tools/build.py、tools/test.py、tools/run.py。
PY      ?= python3
DATA     = standin
PROFILE  = quick
SECTION  =
FORCE    =
N        = 10
BIN     := .venv/bin
READY   := .venv/.ready
MODE     = --data "$(DATA)" --profile "$(PROFILE)"

.DEFAULT_GOAL := help
.PHONY: help book test lab run refs bench shake mutate test-site test-gpu lint lock clean

help: ## 列出全部命令
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

$(READY): requirements.lock requirements-data.txt pyproject.toml
	@$(PY) tools/install.py
	@touch $@

book: $(READY) ## 执行过时的小节，生成网站，打印首页的位置（DATA=real 用真实数据）
	@$(BIN)/python tools/build.py $(MODE)

test: $(READY) ## 重新执行每一格并比较输出；连同辅助包与书的规矩的测试
	@$(BIN)/python tools/test.py

lab: $(READY) ## 打开 JupyterLab，从目录进入任何一节
	@$(BIN)/python tools/lab.py

run: $(READY) ## 执行一节并更新它的 notebook：make run SECTION=chapters/…
	@test -n "$(SECTION)" || { echo "要执行哪一节？例如 make run SECTION=chapters/02-linear-networks/06-softmax-scratch"; exit 2; }
	@$(BIN)/python tools/run.py $(MODE) "$(SECTION)"

refs: $(READY) ## 执行全部过时的小节，重写 notebooks/ 里的每一个
	@$(BIN)/python tools/execute.py --rewrite

bench: $(READY) ## 测速：读数据、训练、导入、内核、网站（只报告，不作测试；整本书另用 bench/book.py --all）
	@for script in bench/*.py; do OMP_NUM_THREADS=1 $(BIN)/python $$script || exit 1; done

shake: $(READY) ## 换种子、线程、指令集，在繁忙的机器上再执行：make shake SECTION=…（或 all）
	@test -n "$(SECTION)" || { echo "摇哪一节？例如 make shake SECTION=chapters/05-cnn/06-lenet，或 SECTION=all"; exit 2; }
	@$(BIN)/python tools/shake.py $(if $(FORCE),--force) "$(SECTION)"

mutate: $(READY) ## 把从零写的代码弄坏一处，看检查发现不发现：make mutate SECTION=… N=10（或 all）
	@test -n "$(SECTION)" || { echo "弄坏哪一节？例如 make mutate SECTION=chapters/05-cnn/06-lenet N=10，或 SECTION=all"; exit 2; }
	@$(BIN)/python tools/mutate.py $(if $(FORCE),--force) --count "$(N)" "$(SECTION)"

test-site: book ## 用真浏览器逐页检查网站，并像读者那样用一遍 JupyterLab
	@$(BIN)/python -m pytest tests/site -q -p no:cacheprovider -n auto --dist loadgroup
	@$(BIN)/python -m pytest tests/lab -q -p no:cacheprovider

test-gpu: $(READY) ## 在有 GPU 的机器上检查用到 GPU 的部分
	@D2L_DATA=standin D2L_PROFILE=auto $(BIN)/python -m pytest tests/gpu -q -p no:cacheprovider

lint: $(READY) ## 代码规矩
	@$(BIN)/ruff check .

lock: $(READY) ## 由 requirements.txt 重新求解 requirements.lock
	@$(BIN)/python tools/lock.py

clean: ## 删去生成的网站与执行缓存（保留 .venv）
	rm -rf _build .pytest_cache .ruff_cache
