# The commands a newcomer needs: make demo, make test. The rest is for the people who work on it.
SHELL := /bin/bash
GO ?= go
BIN := bin/gateway
# Debian packages: to build (libxml2), and for the tests' peers and readers.
BUILD_APT := gcc libc6-dev pkg-config libxml2-dev
TEST_APT := libxml2-utils openssl xmlsec1 qpdf poppler-utils openssh-client openssh-sftp-server rclone lftp python3-paramiko python3-zeep chromium \
  libpdfbox2-java libfontbox2-java libcommons-logging-java libjaxb-api-java libactivation-java default-jre-headless dmtx-utils
TORTURE_APT := e2fsprogs mount libjaxws-java default-jdk-headless
BENCH_APT := fop

.PHONY: build demo test check bench torture fuzz deps-build deps-test deps-torture deps-bench clean

build: deps-build
	@mkdir -p bin
	$(GO) build -o $(BIN) ./cmd/gateway

# The demo ends with 3: it holds and rejects some messages on purpose.
demo: build
	@$(BIN) demo --once --quiet; code=$$?; \
	if [ $$code -eq 3 ]; then echo "demo done; the held and rejected cases above belong to it"; exit 0; fi; exit $$code

# Packages whose tests take longest are begun first, so that none of them runs alone at the end.
LONGEST := ./internal/pipeline ./internal/app ./internal/demo

test: deps-build deps-test
	@set -o pipefail; $(GO) test -vet=off -timeout 12m -v $(LONGEST) ./... 2>&1 | tee test.log | grep -vE '^(=== |\s*--- PASS|PASS$$)' ; status=$${PIPESTATUS[0]}; \
	echo "$$(grep -cE '^\s*--- PASS' test.log) passed, $$(grep -cE '^\s*--- FAIL' test.log) failed, $$(grep -cE '^\s*--- SKIP' test.log) skipped"; \
	grep -A3 -E '^\s*--- SKIP' test.log || true; exit $$status

# The race detector looks at everything but SQLite, which is C turned into Go: but for globals it works outside of Go's memory, where the
# detector sees nothing, and the calls that tell it so made each query ten times as slow.
NOT_RACE := modernc.org/sqlite/lib modernc.org/libc modernc.org/memory
RACE := -race $(foreach p,$(NOT_RACE),-gcflags=$(p)=-race=false)

# Packages that start no goroutine, in code or tests, nor import one of ours that does: the detector has nothing to compare there, and make
# test has run them. Where others call them from several goroutines they are watched like everything else.
PURE := internal/amtshilfe internal/latin internal/xmlgate internal/xsd mapping
STARTS := \bgo (func|[a-zA-Z.]+\()|\.Go\(|Parallel\(

# gofmt, vet (all of it: the tests need not run a part of it again), staticcheck, race, clean diff
check: deps-build deps-test
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	@! grep -nE '$(STARTS)' $(PURE:%=%/*.go) || { echo "a goroutine: the package is PURE no more (Makefile)"; exit 1; }
	$(GO) test $(RACE) -vet=off -short -timeout 12m $(LONGEST) $$($(GO) list ./... | grep -vxF $(PURE:%=-e damtshilfe/%))
	$(GO) mod verify
	@git diff --exit-code || { echo "the tests changed the work tree"; exit 1; }

bench: build deps-test deps-bench
	$(GO) test ./internal/xta -run '^$$' -bench '^BenchmarkSend$$' -benchtime 2000x
	DAMT_BENCH=1 $(GO) test ./internal/register -run '^TestBench' -count=1 -timeout 30m -v
	DAMT_BENCH=1 $(GO) test ./internal/pipeline -run '^TestBenchPrint$$' -count=1 -timeout 30m -v
	DAMT_BENCH=1 $(GO) test ./printstreet -run '^TestBench' -bench '^BenchmarkBundle' -benchtime 10x -count=1 -timeout 30m -v
	DAMT_BENCH=1 $(GO) test ./internal/app -run '^TestBench' -count=1 -timeout 30m -v

torture: build deps-test deps-torture
	DAMT_TORTURE=all $(GO) test ./printstreet -run '^(TestManyLetters|TestGoldenSet)$$' -count=1 -timeout 60m -v
	DAMT_TORTURE=all $(GO) test ./internal/schema -run '^TestDifferential' -count=1 -timeout 30m -v
	DAMT_TORTURE=all $(GO) test ./internal/pipeline -run '^Test(Case|Decision|PrintCentre)Crash' -count=1 -timeout 90m -v
	DAMT_TORTURE=all $(GO) test ./internal/xta -run '^TestJAXWS$$' -count=1 -timeout 30m -v
	DAMT_TORTURE=all $(GO) test ./internal/app -run '^(TestThreeProcesses|TestRotationThroughTheRegister)$$' -count=1 -timeout 90m -v
	DAMT_TORTURE=all $(GO) test ./internal/demo -run '^(TestKill|TestRandomKills|TestPowerCut)' -count=1 -timeout 300m -v

# make fuzz                      every decoder of dropped files, one after another
# make fuzz FUZZ=zip FUZZTIME=1h   one of them, for longer
# make fuzz FUZZMIN=60s            a failing input, or one that is only new, is made smaller for longer
FUZZTIME ?= 5m
FUZZMIN ?= 100x
FUZZ ?= scan split zip flat attachment schema place packs text chars crypt pkcs12 xtaparts xtaenvelope xtacontainer question answer register lookup quittung
fuzz_scan  := ./internal/xmlgate FuzzScan
fuzz_split := ./internal/xmlgate FuzzSplit
fuzz_place := ./internal/xmlgate FuzzFindChar
fuzz_zip   := ./mapping FuzzOpenDrop
fuzz_flat  := ./mapping FuzzFlat
fuzz_schema := ./internal/schema FuzzAgainstLibxml2
fuzz_attachment := ./internal/attachment FuzzInspect
fuzz_packs := ./mapping FuzzPack
fuzz_text  := ./internal/rules FuzzText
fuzz_chars := ./internal/latin FuzzCheck
fuzz_crypt := ./internal/xenc FuzzOpen
fuzz_pkcs12 := ./internal/certs FuzzPKCS12
fuzz_quittung := ./printstreet FuzzQuittung
fuzz_xtacontainer := ./internal/xta FuzzReadContainer
fuzz_xtaparts := ./internal/xta FuzzParts
fuzz_lookup := ./internal/register FuzzLookup
fuzz_register := ./internal/register/source FuzzRead
fuzz_question := ./internal/register FuzzRead001
fuzz_answer := ./internal/register FuzzRead002
fuzz_xtaenvelope := ./internal/xta FuzzReader
fuzz: deps-build
	@set -e; $(foreach f,$(FUZZ),echo "$(f): $(fuzz_$(f))"; \
	$(GO) test $(word 1,$(fuzz_$(f))) -run '^$$' -fuzz '^$(word 2,$(fuzz_$(f)))$$' -fuzztime $(FUZZTIME) -fuzzminimizetime $(FUZZMIN) -parallel 1;)

# Each says the apt line when it cannot install the packages itself.
define need
@missing=""; for p in $(1); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
if [ -n "$$missing" ]; then \
  if [ "$$(id -u)" = 0 ] && (apt-get install -y --no-install-recommends $$missing >/dev/null 2>&1 || (apt-get update >/dev/null && apt-get install -y --no-install-recommends $$missing >/dev/null)); then echo "installed:$$missing"; \
  else echo "missing packages, please run: apt-get install$$missing"; exit 1; fi; fi
endef

deps-build:
	$(call need,$(BUILD_APT))
deps-test:
	$(call need,$(TEST_APT))
deps-bench:
	$(call need,$(BENCH_APT))
deps-torture:
	$(call need,$(TORTURE_APT))

clean:
	rm -rf bin test.log
