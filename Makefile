# Edge: see README.md. Every target does the set-up that it needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
CONFIGURATION := Release
# The framework that `make publish` compiles NativeAOT for; empty: net10.0 where its runtime pack restores, else net9.0.
AOT_FRAMEWORK ?=
DOTNET_BIN := out/dotnet/net10.0/bin
SETUP := out/.setup/done

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: ## install what is missing (apt, npm), build native/; safe to repeat
	@scripts/setup.sh

$(SETUP): scripts/setup.sh package-lock.json $(shell find native -name '*.cpp' -o -name '*.c' -o -name '*.h' -o -name CMakeLists.txt)
	@scripts/setup.sh

build: $(SETUP) ## build everything; leaves out/bin/edge and out/bin/edge-hil
	@dotnet build Edge.sln -c $(CONFIGURATION) -v q -clp:NoSummary
	@mkdir -p out/bin
	@ln -sfn ../../$(DOTNET_BIN)/Edge/release/edge out/bin/edge
	@ln -sfn ../../$(DOTNET_BIN)/Edge.Hil/release/edge-hil out/bin/edge-hil

publish: $(SETUP) ## compile the NativeAOT controller out/publish/edge
	@AOT_FRAMEWORK=$(AOT_FRAMEWORK) scripts/publish.sh

install: publish ## install the controller on this machine as the service edge (as root); scripts/uninstall.sh takes it away
	@scripts/install.sh

test: build publish ## run all tests; the last line is 'N passed, N failed'
	@scripts/test.sh

test-kernel: ## SocketCAN against a real kernel's vcan, in a virtual machine; fetches QEMU and a Debian kernel
	@scripts/test-kernel.sh

demo: build publish ## a sentence over MQTT becomes motion: writes out/demo/
	@out/bin/edge-hil demo --edge out/publish/edge --out out/demo

data: build ## make the training data with the rig's oracle: out/data/
	@out/bin/edge-hil data planner --out out/data/planner
	@out/bin/edge-hil data policy --out out/data

train: build ## train planner, policy and the flat baseline from out/data/, write models/
	@scripts/train.sh

variants: $(SETUP) ## train the policies that the benchmark compares with the shipped one: models/variants/
	@scripts/train-variants.sh

eval: build ## 50 held-out scenes a task with the learned planner and policy: out/eval/
	@out/bin/edge-hil eval --out out/eval

eval-all: build ## every figure of the README's tables of tasks, about four hours, restartable: out/eval/
	@scripts/eval-all.sh

bench: build publish ## measure everything against its peer or limit: out/bench/
	@scripts/setup.sh --bench
	@out/bin/edge-hil bench --edge out/publish/edge --out out/bench

clean: ## remove everything that was built
	rm -rf out

.PHONY: help setup build publish install test test-kernel demo data train variants eval bench clean
