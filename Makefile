# Everything here needs Go and Git and nothing else. The Pulumi CLI and the
# linters are built at their pinned versions into .tenfold/ when they are missing.

# The stack that up, preview, refresh and destroy work on.
STACK ?= dev

# Packages compiled or tested at once. A first run compiles aws/ec2, which takes
# 3.3 GB of memory; use P=1 on a machine with less than 8 GB.
P ?= 2

# Test binaries link the AWS SDK: without debug information that is faster and
# the files are a third smaller.
TESTFLAGS ?= -ldflags='-s -w' -timeout=45m

ENSURE := go run ./internal/toolchain/ensure

# The certificate authorities that the database functions trust.
RDS_CA ?= functions/dbmigrate/rds-ca.pem

# The same sources give the same package, so building it again changes nothing.
FUNCTIONS = bin/tenfold db bundle --ca-file $(RDS_CA) --output bin/functions/dbmigrate.zip >/dev/null

.DEFAULT_GOAL := help
.PHONY: help up preview refresh destroy build functions test bench lint clean go

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  STACK=dev   the stack to work on, one of the Pulumi.<stack>.yaml files"

up: build ## create the stack in the offline cloud and show what exists
	@bin/tenfold sandbox up $(STACK)

preview: build ## show what up would change
	@bin/tenfold sandbox preview $(STACK)

refresh: build ## record in the state what the offline cloud really holds
	@bin/tenfold sandbox refresh $(STACK)

destroy: build ## delete what up created
	@bin/tenfold sandbox destroy $(STACK)

build: go ## build bin/tenfold, bin/policies and the Pulumi CLI (10 to 15 minutes the first time)
	@$(ENSURE) pulumi bin/tenfold bin/policies >/dev/null
	@$(FUNCTIONS)

functions: go ## build the package of the database functions for Lambda into bin/functions
	@$(ENSURE) bin/tenfold >/dev/null
	@$(FUNCTIONS)

test: go ## run all tests
	@$(ENSURE) pulumi pulumi-language-go >/dev/null
	go test -p $(P) $(TESTFLAGS) ./...

bench: go ## run the benchmarks; figures that compare two things are printed as ratios
	@$(ENSURE) pulumi bin/policies >/dev/null
	go test -p 1 $(TESTFLAGS) -run '^$$' -bench . ./internal/bench ./components/service ./internal/sandbox/... ./policies/...

lint: go ## gofmt, go vet, golangci-lint and actionlint
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	  if [ -n "$$unformatted" ]; then echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	@linters=$$($(ENSURE) golangci-lint actionlint) && set -- $$linters && \
	  echo "golangci-lint run" && "$$1" run && \
	  echo "actionlint" && "$$2"

clean: ## remove bin/ and .tenfold/: binaries, built tools and all sandboxes
	rm -rf bin .tenfold

go:
	@command -v go >/dev/null || { echo "this needs Go 1.26 or newer, and no go command is on PATH; install it from https://go.dev/dl" >&2; exit 1; }
