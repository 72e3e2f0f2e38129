# hyflame: make demo | make test | make formats | make test-matrix | make bench | make build | make format | make lint | make clean

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

PYTHON ?= python3
HYFLAME := .build/release/hyflame
DEMO_PYTHON := .demo/venv/bin/python
SWIFT_FILES := Package.swift Sources Tests Benchmarks/Unwinding

.PHONY: build deps demo-deps programs test test-matrix formats report-speed demo bench bench-quick bench-deps format lint clean

# The Swift runtime goes into the binary, so it runs where no toolchain is; libdw, libelf and
# libunwind stay shared.
build: deps
	swift build -c release --static-swift-stdlib --product hyflame

deps:
	@Scripts/install-dependencies.sh

demo-deps:
	@Scripts/install-dependencies.sh --demo

# The C parts of the tests' target programs.
programs: deps
	@Tests/Programs/known_mix/build.sh >/dev/null
	@Tests/Programs/embedder/build.sh >/dev/null

# The tests run the product as a user gets it, hence the release build.
test: build programs
	swift test --skip MatrixTests $(TEST_FLAGS)

# What must hold on every CPython, on each one that is here or can be had: pyenv's, the system's, and
# Debian sid's in a tree of their own.
test-matrix: build programs
	@Scripts/make-debian-pythons.sh || test $$? = 3
	swift test --filter MatrixTests $(TEST_FLAGS)

# Every form of two made-up recordings, read by pprof, callgrind_annotate, Perfetto, inferno, … What is
# missing is skipped, or fails with HYFLAME_STRICT=1 or CI=true.
formats: build .demo/readers/installed
	@Scripts/install-dependencies.sh --readers || echo 'some readers are missing'
	@swift build --product TestRecordings
	@for name in app random; do .build/debug/TestRecordings $$name .demo/readers/$$name.data; done
	@.demo/readers/bin/python Scripts/check-formats $(HYFLAME) .demo/readers/app.data .demo/readers/random.data
	@Scripts/check-flame-graph $(HYFLAME) .build/debug/TestRecordings
	@Scripts/check-html $(HYFLAME) .build/debug/TestRecordings

# A million samples in every form: seconds and megabytes, on a machine that does nothing else.
report-speed: build .demo/readers/installed
	@swift build --product TestRecordings
	@.demo/readers/bin/python Scripts/check-report-speed $(HYFLAME) .build/debug/TestRecordings

.demo/readers/installed: | demo-deps
	@mkdir -p .demo
	@rm -rf .demo/readers
	@$(PYTHON) -m venv .demo/readers
	@.demo/readers/bin/python -m pip install --quiet --disable-pip-version-check viztracer pyinferno jsonschema
	@touch $@

demo: demo-deps build .demo/venv/installed .demo/rides.csv
	@$(DEMO_PYTHON) -c 'import sys; print("recording", *sys.argv[1:], "on Python", sys.version.split()[0])' Demo/taxi.py
	$(HYFLAME) record -o .demo/hyflame.data --force -- $(DEMO_PYTHON) Demo/taxi.py .demo/rides.csv
	$(HYFLAME) report .demo/hyflame.data
	$(HYFLAME) report .demo/hyflame.data --svg -o .demo/taxi.svg
	@echo "flame graph: $(CURDIR)/.demo/taxi.svg"

.demo/venv/installed: | demo-deps
	@$(PYTHON) -c 'import sys; print("making .demo/venv with", sys.executable, sys.version.split()[0])'
	@mkdir -p .demo
	@rm -rf .demo/venv
	@$(PYTHON) -m venv .demo/venv
	@$(DEMO_PYTHON) -m pip install --quiet --disable-pip-version-check scikit-learn pandas
	@touch $@

.demo/rides.csv: Demo/taxi.py .demo/venv/installed
	@echo "writing $@"
	@$(DEMO_PYTHON) Demo/taxi.py --write $@.part
	@mv $@.part $@

# hyflame beside its peers, in less than ten minutes on a machine that does nothing else; what they
# need is looked for and skipped if missing. The quick form is a trial of everything.
bench: bench-deps
	$(PYTHON) Benchmarks/run.py --write Docs/Benchmarks.md

bench-quick: bench-deps
	$(PYTHON) Benchmarks/run.py --quick

bench-deps: build
	swift build -c release --static-swift-stdlib --product TestRecordings
	swift build -c release --static-swift-stdlib --product UnwindingBenchmark

format:
	swift format -i -r $(SWIFT_FILES)

lint: deps
	swift format lint --strict -r $(SWIFT_FILES)
	Scripts/check-no-foundation.sh
	Scripts/check-imports.py

clean:
	rm -rf .build .demo Benchmarks/.build
