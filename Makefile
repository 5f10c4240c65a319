# Everything that is done with this repository has a name here; `make` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# Arguments of `make run` and `make bench`, the packages of `make race`, seconds a target of `make fuzz`.
ARGS ?=
PKG ?= ./...
COUNT ?= 1
FUZZTIME ?= 10s

# Tools are pinned here and built into a cache outside the checkout; they are no part of go.mod.
GOLANGCI_LINT_VERSION := v2.15.0

# Two packages at a time: their tests start servers and databases of their own.
GO_TEST_FLAGS ?= -count=1 -p 2 -timeout 20m

# What `atrium version` says: the tag, the tag and the commits since, or the commit. A checkout that git does not want to
# read (another owner, no git) is built without; VERSION=1.2.3 sets it.
VERSION ?= $(patsubst v%,%,$(shell git describe --tags --match 'v[0-9]*' --always --dirty 2>/dev/null))
BUILD_FLAGS := -trimpath $(shell git rev-parse HEAD >/dev/null 2>&1 || echo -buildvcs=false) \
	-ldflags '-X github.com/atriumhub/atrium/internal/command.version=$(VERSION)'

# npm packages may bring Go files along: they are none of ours.
GO_PACKAGES = $$(go list ./... | grep -v /node_modules/)
GO_UNIT_PACKAGES = $$(go list ./... | grep -vE '/node_modules/|/e2e(/|$$)|/test/compat$$')
GO_FILES = find . -name '*.go' -not -path '*/node_modules/*'

NPM_CI := npm ci --no-audit --no-fund --loglevel=error

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

##--- building ---------------------------------------------------------------------------------------------------------

.PHONY: build
build: web ## bin/atrium, static, with the pages inside
	@CGO_ENABLED=0 scripts/go-build $(BUILD_FLAGS) -o bin/atrium .

.PHONY: run
run: build ## A hub on this machine in which somebody can open JupyterLab; ARGS='--listen HOST:PORT'
	exec ./bin/atrium serve --stop-servers $(ARGS)

# The pages are built only when something they are made of is newer. The mark lies in web/dist, so it goes when that goes.
# Go compiles without it: web/embed.go embeds a placeholder that is in the repository.
WEB_BUILT := web/dist/.built
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -not -name '*.gen.ts' -not -name '*.go' 2>/dev/null) \
	$(shell find web/src web/public -type d 2>/dev/null)

.PHONY: web
web: $(if $(wildcard web/package.json),$(WEB_BUILT)) ## The pages, web/dist

$(WEB_BUILT): $(WEB_SOURCES) | web/node_modules/.package-lock.json
	@echo "Vite: building the pages"
	@cd web && npm run --silent build
	@touch $@

# npm writes this file when all packages are in place.
web/node_modules/.package-lock.json web/tools/node_modules/.package-lock.json e2e/node_modules/.package-lock.json: %/node_modules/.package-lock.json: %/package-lock.json
	@echo "npm: installing the packages of $*/ (once, about half a minute)"
	@cd $* && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 $(NPM_CI)
	@touch $@

# The types of the REST API for the pages: the build does without, types are checked with them.
WEB_TYPES := web/src/api/schema.gen.ts
$(WEB_TYPES): api/openapi.yaml web/tools/package.json | web/tools/node_modules/.package-lock.json
	@cd web && npm run --silent generate

.PHONY: web-types
web-types: $(WEB_TYPES) ## The types that the pages have of the REST API, from api/openapi.yaml

.PHONY: labextension
labextension: web-packages ## What JupyterLab loads of the hub's extension, from jupyterlab/src
	@node jupyterlab/build.mjs

.PHONY: web-packages e2e-packages
web-packages: $(if $(wildcard web/package-lock.json),web/node_modules/.package-lock.json)
e2e-packages: $(if $(wildcard e2e/package-lock.json),e2e/node_modules/.package-lock.json)

##--- tests ------------------------------------------------------------------------------------------------------------

.PHONY: setup
setup: ## What the tests use: C compiler, PostgreSQL, Chromium, JupyterHub with its proxy, JupyterLab (apt where that is possible)
	@scripts/setup

.PHONY: test
test: export HUBTEST_REQUIRE := 1
test: setup test-web test-go test-postgres test-compat test-e2e ## All tests, from a fresh checkout: sets up what they use, skips nothing
	@echo "All tests passed."

.PHONY: test-web
test-web: web-packages web-types ## The pages' types and unit tests
	$(if $(wildcard web/package.json),cd web && npm run --silent typecheck && npm test --silent)

.PHONY: test-go
test-go: ## The Go tests but for e2e/ and test/compat, with the race detector
	CGO_ENABLED=1 scripts/with-test-env go test -race $(GO_TEST_FLAGS) $(GO_UNIT_PACKAGES)
	scripts/with-test-env go test $(GO_TEST_FLAGS) -run TestQuotaMonth ./internal/app # whole months, which take too long with it

# The packages whose tests take the engine that they are told, by testkit.
ENGINE_PACKAGES = $$(grep -rlE '(testkit|httpapitest)\.New(Databases|WithPages)?\(' --include='*_test.go' internal | xargs -n 1 dirname | sort -u | sed 's|^|./|')

.PHONY: test-postgres
test-postgres: export HUBTEST_ENGINE := postgres
test-postgres: ## The tests of the use cases and of what stands on them again, on PostgreSQL, without the race detector
	scripts/with-test-env go test $(GO_TEST_FLAGS) $(ENGINE_PACKAGES)

.PHONY: test-compat
test-compat: export HUBTEST_BIN := $(CURDIR)/bin/atrium
test-compat: build ## The same requests to a real JupyterHub and to the binary, and their answers compared
	scripts/with-test-env go test $(GO_TEST_FLAGS) ./test/compat

.PHONY: test-e2e
test-e2e: export HUBTEST_BIN := $(CURDIR)/bin/atrium
test-e2e: build e2e-packages ## The binary with a real JupyterLab, over HTTP and in a real browser
	$(if $(wildcard e2e/*_test.go),scripts/with-test-env go test $(GO_TEST_FLAGS) ./e2e/...)
	$(if $(wildcard e2e/package.json),cd e2e && ../scripts/with-test-env npm test --silent)

.PHONY: clients
clients: export HUBTEST_BIN := $(CURDIR)/bin/atrium
clients: build e2e-packages ## Runs the programs of docs/reference/clients.md that are too many for every test run (gigabytes, an hour at first)
	@scripts/setup clients
	cd e2e && ../scripts/with-test-env npm run --silent clients

.PHONY: race
race: ## The Go tests of PKG (./...) with the race detector, COUNT times: hunts flaky tests
	CGO_ENABLED=1 scripts/with-test-env go test -race -count=$(COUNT) -timeout 30m $(PKG)

.PHONY: fuzz
fuzz: ## Every fuzz target for FUZZTIME (10s) each
	@scripts/fuzz $(FUZZTIME)

.PHONY: bench
bench: build ## Atrium beside JupyterHub, its proxy and nginx on this machine: docs/performance.md; ARGS='-only user,page'
	HUBTEST_BIN=$(CURDIR)/bin/atrium scripts/with-test-env go run ./bench $(ARGS)

.PHONY: bench-panel
bench-panel: export HUBTEST_BIN := $(CURDIR)/bin/atrium
bench-panel: setup build e2e-packages ## The panel in a browser, with 10,000 people beside JupyterHub's own page, and with 100,000
	cd e2e && ../scripts/with-test-env npm run --silent bench-panel

.PHONY: screenshots
screenshots: export HUBTEST_BIN := $(CURDIR)/bin/atrium
screenshots: export E2E_GUIDE_IMAGES := $(CURDIR)/docs/guide/images
screenshots: setup build e2e-packages ## The pictures in the documentation, taken anew, and of every page in e2e/test-results/pages
	cd e2e && ../scripts/with-test-env npm run --silent screenshots

##--- order ------------------------------------------------------------------------------------------------------------

GOLANGCI_LINT = scripts/golangci-lint $(GOLANGCI_LINT_VERSION)

.PHONY: lint
lint: web-packages e2e-packages ## gofmt, go vet, golangci-lint, Biome
	@unformatted=$$($(GO_FILES) -exec gofmt -l {} +); \
		[ -z "$$unformatted" ] || { printf 'not formatted, run make fmt: %s\n' $$unformatted >&2; exit 1; }
	go vet $(GO_PACKAGES)
	$(GOLANGCI_LINT) run
	$(if $(wildcard web/package.json),cd web && npm run --silent lint && npx --no-install biome check ../jupyterlab)
	$(if $(wildcard e2e/package.json),cd e2e && npm run --silent lint)

.PHONY: fmt
fmt: web-packages e2e-packages ## Formats Go and TypeScript
	@$(GO_FILES) -exec gofmt -l -w {} +
	$(if $(wildcard web/package.json),cd web && npm run --silent format)
	$(if $(wildcard e2e/package.json),cd e2e && npm run --silent format)

.PHONY: verify
verify: web-packages ## Regenerates what is generated; fails when that differs from what is committed
	go generate $(GO_PACKAGES)
	$(if $(wildcard web/package.json),cd web && npm run --silent --if-present generate)
	git diff --exit-code

.PHONY: clean
clean: ## Removes what was built; caches outside the checkout and hubs' data stay
	rm -rf bin web/dist/* web/dist/.built web/node_modules e2e/node_modules e2e/test-results e2e/playwright-report
	@git checkout -q -- web/dist 2>/dev/null || true
