# Journeyline. `make` alone explains itself.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BROKER ?= embedded
DATABASE ?= sqlite
TESTS ?= tests
EVENTS ?= 200000
DOSE ?= full
SEED ?=
MINUTES ?=

# Demo and tests start many processes: without bytecode each would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo up test accuracy bench bench-fold bench-ingest chaos check format dashboards schemas clean

help: ## show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.ready ## build .venv with the locked dependencies

# --without-pip: works too where Python comes without ensurepip.
$(VENV)/.ready: requirements.lock pyproject.toml
	@echo "setting up $(VENV) (once; about a minute)"
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11 or newer, or say PYTHON=…"; exit 1; }
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { echo "pip is missing: install it for $(PYTHON) (Debian: apt install python3-pip)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv --clear --without-pip $(VENV)
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --require-hashes -r requirements.lock
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## everything, with a simulated contact centre and its bad afternoon (BROKER=embedded|apache, OPTIONS=…)
	@$(BIN)/journeyline demo --broker $(BROKER) $(OPTIONS)

up: setup ## run everything on this machine until Ctrl-C (OPTIONS=…)
	@$(BIN)/journeyline up $(OPTIONS)

# Three at a time, file by file, in the order of tests/conftest.py: some tests mostly wait. Apache Kafka is heavy enough alone.
PARALLEL := $(if $(filter embedded,$(BROKER)),-n 3 --dist loadfile --no-loadscope-reorder)

test: setup ## all tests (BROKER=embedded|apache, DATABASE=sqlite|postgres, TESTS=what)
	@$(BIN)/python -m pytest --broker $(BROKER) --database $(DATABASE) $(PARALLEL) $(TESTS)

accuracy: setup ## every kind of friction against the simulator's labels (EVENTS=200000, SEED=1)
	@$(BIN)/python -m tests.accuracy --events $(EVENTS) $(if $(SEED),--seed $(SEED))

bench-ingest: setup ## the HTTP door under load, beside a bare FastAPI route (BROKER=embedded|apache)
	@$(BIN)/python -m tests.bench.ingest --broker $(BROKER)

bench-fold: setup ## what folding one event, a contact of 10,000 and a robot's million costs
	@$(BIN)/python -m tests.bench.fold

check: setup ## the inner loop: format, lint, types, and the tests that need no broker (properties on fewer histories)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q -n 2 --hypothesis-profile=inner tests/core tests/rules tests/schemas tests/oracle tests/test_tidy.py

bench: setup build/bench/.ready ## the stream runtime beside its peers, on Apache Kafka (BENCH="--quick" and other options)
	@$(BIN)/python -W ignore -m tests.bench $(BENCH)

# The peers have an environment of their own, which nothing else needs.
BENCH_LOCK := tests/bench/requirements.lock
BENCH_POM := tests/bench/peers/kafka_streams/pom.xml
build/bench/.ready: $(BENCH_LOCK) $(BENCH_POM) $(wildcard tests/bench/peers/kafka_streams/src/main/java/bench/*.java)
	@echo "setting up the peers in build/bench (once; about a minute)"
	@command -v mvn >/dev/null || { echo "mvn is missing: install Maven and a JDK, 17 or newer (Debian: apt install maven default-jdk-headless)"; exit 1; }
	@$(PYTHON) -m venv --clear --without-pip build/bench/venv
	@$(PYTHON) -m pip --python build/bench/venv/bin/python install --quiet --require-hashes -r $(BENCH_LOCK)
	@mvn -q -B -f $(BENCH_POM) -Dtarget=$(CURDIR)/build/bench/kafka_streams package
	@touch $@

chaos: setup ## kill -9, SIGTERM, SIGSTOP and crash points under traffic, judged by an oracle (DOSE=short|full|brokers|long, SEED=n, MINUTES=n)
	@$(BIN)/python -W ignore -m tests.chaos --dose $(DOSE) $(if $(SEED),--seed $(SEED)) $(if $(MINUTES),--minutes $(MINUTES))

format: setup ## put the code in order
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

dashboards: setup ## write the JSON of Grafana's dashboards again
	@$(BIN)/python -m deploy.grafana.dashboards

schemas: setup ## write the JSON Schemas of the events and of the rules file again
	@$(BIN)/python -m schemas.export
	@$(BIN)/python -m services.journey_builder.rules.export

clean: ## remove what was built; keeps data directories
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
