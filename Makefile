# hyflame. `make help` lists what can be made.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

PYTHON ?= python3
HYFLAME := .build/release/hyflame
DEMO_PYTHON := .demo/venv/bin/python
SWIFT_FILES := Package.swift Sources Tests Benchmarks/Unwinding

.PHONY: help build deps demo-deps programs test test-matrix sanitize soak soak-quick fuzz formats report-speed demo bench bench-quick bench-deps format lint clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

# The Swift runtime goes into the binary, so it runs where no toolchain is; libdw, libelf and
# libunwind stay shared.
build: deps ## the program, .build/release/hyflame: 5 minutes the first time
	swift build -c release --static-swift-stdlib --product hyflame

deps:
	@Scripts/install-dependencies.sh

demo-deps:
	@Scripts/install-dependencies.sh --demo

# The C parts of the tests' target programs.
programs: deps
	@Tests/Programs/known_mix/build.sh >/dev/null
	@Tests/Programs/embedder/build.sh >/dev/null
	@Tests/Programs/queued/build.sh >/dev/null

# The tests run the product as a user gets it, hence the release build.
test: build programs ## all tests but the matrix: 20 minutes
	swift test --skip MatrixTests $(TEST_FLAGS)

# What must hold on every CPython, on each one that is here or can be had: pyenv's, the system's, and
# Debian sid's in a tree of their own.
test-matrix: build programs ## what must hold on every CPython that is here or can be had: 14 minutes
	@Scripts/make-debian-pythons.sh || test $$? = 3
	swift test --filter MatrixTests $(TEST_FLAGS)

# The C parts under the address and undefined-behaviour sanitizers, in a program of their own: Swift's
# runtime would bring too much that is not ours.
sanitize: deps ## the C parts under the address and undefined-behaviour sanitizers: seconds
	@mkdir -p .build/sanitize
	@cc -std=gnu11 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all \
	  -ICShims/CLinux/include -ICShims/CTickProgram/include -o .build/sanitize/shims \
	  Tests/ShimChecks/main.c CShims/CLinux/*.c CShims/CTickProgram/tick_program.c -lbpf -lelf -lz
	@.build/sanitize/shims

# Twenty minutes of threads, code objects and children that come and go; the quick form is for CI.
soak: build ## threads, code objects and children that come and go: 20 minutes
	$(PYTHON) Scripts/soak --minutes 20 $(HYFLAME)

soak-quick: build ## the same in 2 minutes
	$(PYTHON) Scripts/soak --minutes 2 $(HYFLAME)

# libFuzzer on every parser, and the seeded loops of the CPython reader twenty times as long: it needs an
# image of a process. A few minutes, and a build of its own.
fuzz: deps ## libFuzzer on every parser, more than a million inputs: 10 minutes
	@swift build --product TestRecordings
	@mkdir -p .build/fuzz
	@.build/debug/TestRecordings random .build/fuzz/random.data
	HYFLAME_FUZZING=1 swift build -c release --scratch-path .build/fuzzing --sanitize fuzzer \
	  --product ParserFuzzing -Xswiftc -enable-testing
	Scripts/fuzz .build/fuzzing/release/ParserFuzzing .build/fuzz/random.data
	HYFLAME_FUZZ_FACTOR=20 swift test --filter CPythonTests.FuzzTests

# Every form of two made-up recordings, read by pprof, callgrind_annotate, Perfetto, inferno, … What is
# missing is skipped, or fails with HYFLAME_STRICT=1 or CI=true.
formats: build .demo/readers/installed ## every form of made-up recordings, read by other programs: 2 minutes
	@Scripts/install-dependencies.sh --readers || echo 'some readers are missing'
	@swift build --product TestRecordings
	@for name in app random; do .build/debug/TestRecordings $$name .demo/readers/$$name.data; done
	@.demo/readers/bin/python Scripts/check-formats $(HYFLAME) .demo/readers/app.data .demo/readers/random.data
	@Scripts/check-flame-graph $(HYFLAME) .build/debug/TestRecordings
	@Scripts/check-html $(HYFLAME) .build/debug/TestRecordings

# A million samples in every form: seconds and megabytes, on a machine that does nothing else.
report-speed: build .demo/readers/installed ## a million samples in every form, on an idle machine
	@swift build --product TestRecordings
	@.demo/readers/bin/python Scripts/check-report-speed $(HYFLAME) .build/debug/TestRecordings

.demo/readers/installed: | demo-deps
	@mkdir -p .demo
	@rm -rf .demo/readers
	@$(PYTHON) -m venv .demo/readers
	@.demo/readers/bin/python -m pip install --quiet --disable-pip-version-check viztracer pyinferno jsonschema
	@touch $@

demo: demo-deps build .demo/venv/installed .demo/rides.csv ## sets everything up, records a scikit-learn program and shows where its time goes
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
bench: bench-deps ## beside py-spy, perf and Tachyon, on an idle machine: 10 minutes; writes Docs/Benchmarks.md
	$(PYTHON) Benchmarks/run.py --write Docs/Benchmarks.md

bench-quick: bench-deps ## a trial of the same
	$(PYTHON) Benchmarks/run.py --quick

# Tachyon is part of 3.15, which no stable distribution has.
bench-deps: build
	@Scripts/make-debian-pythons.sh || echo 'no Python 3.15 for Tachyon'
	swift build -c release --static-swift-stdlib --product TestRecordings
	swift build -c release --static-swift-stdlib --product UnwindingBenchmark

format: ## formats the Swift sources
	swift format -i -r $(SWIFT_FILES)

lint: deps ## formatting, no Foundation, who may import whom, generated files: seconds
	swift format lint --strict -r $(SWIFT_FILES)
	Scripts/check-no-foundation.sh
	Scripts/check-imports.py
	Scripts/generate-layouts.py --check
	Scripts/generate-tick-program.sh --check
	Scripts/generate-protobuf.sh --check

clean: ## removes what was made
	rm -rf .build .demo Benchmarks/.build
