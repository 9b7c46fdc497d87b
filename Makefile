# Works in a fresh clone, from an empty environment: it needs a Python, make and a package index.

# The first of these that is new enough; PYTHON=/path/to/python3 names the only one to take.
CANDIDATES = $(or $(PYTHON),python3 python3.13 python3.12 python3.11)
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))

# $(call install,LOCK): makes .venv whole with what LOCK names and this project; says nothing
# when it is so already.
define install
@for python in $(CANDIDATES); do \
    "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null && break; python=; \
done; \
if [ -z "$$python" ]; then \
    echo "Python 3.11 or newer is needed; none of these is: $(CANDIDATES)" >&2; \
    echo "Install one, or name it: make $(or $(MAKECMDGOALS),help) PYTHON=/path/to/python3" >&2; \
    exit 1; \
fi; \
"$$python" requirements/install.py $(1)
endef

.PHONY: help
help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: install ## show the product; AUTO=1 needs no browser, PORT=8080 chooses the port
	@.venv/bin/ivr demo $(if $(filter-out 0,$(AUTO)),--auto) $(if $(PORT),--port $(PORT))

.PHONY: test
test: develop ## run the tests; ARGS="-k passcode" chooses some
	@.venv/bin/pytest $(ARGS)

.PHONY: check
check: develop ## lint, format, types, and the configuration that ships
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/ivr config check --files-only

.PHONY: simulate
simulate: develop ## play simulated failures; SEEDS=1-1000 chooses the runs, MUTANTS=1 plants faults
	@.venv/bin/python -m tests.simulation --seeds $(or $(SEEDS),1-400) $(if $(MUTANTS),--mutants)

.PHONY: faults
faults: develop ## kill and break everything under real calls; SEED=1 VERIFICATIONS=10000 STORE=one
	@.venv/bin/python -m tests.faults $(if $(SEED),--seed $(SEED)) \
	    $(if $(VERIFICATIONS),--verifications $(VERIFICATIONS)) $(addprefix --store ,$(STORE))

# $(call bench,NAME): an environment of the benchmark's own; that of the servers holds the product too.
define bench
$(call install,bench/.venv-$(1) bench/locks/$(1).lock)
endef

.PHONY: bench
bench: develop ## measure against the floor and the peers; QUICK=1 takes two minutes and no peers
	@command -v wrk >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && \
	    apt-get install -y -qq --no-install-recommends wrk >/dev/null; } || \
	    { echo "wrk is needed: apt-get install wrk" >&2; exit 1; }
ifneq ($(filter-out 0,$(QUICK)),)
	@.venv/bin/python -m bench.run --quick
else
	$(call install,bench/.venv-servers requirements/run.lock .)
	$(call bench,servers)
	$(call bench,django)
	$(call bench,privacyidea)
	@cd bench/better-auth && npm ci --no-audit --no-fund --omit=optional >/dev/null || \
	    echo "npm is missing or failed: better-auth is left out" >&2
	@.venv/bin/python -m bench.run
endif

.PHONY: capacity
capacity: develop ## count what a verification asks of each part, on one primary and on three; QUICK=1
	@.venv/bin/python -m bench.capacity $(if $(filter-out 0,$(QUICK)),--quick)

.PHONY: profile
profile: ## write a page for each kind of request that shows where its time goes, into profile/
	$(call install,bench/.venv-servers requirements/run.lock .)
	$(call bench,servers)
	@bench/.venv-servers/bin/python -m bench.profiles profile

.PHONY: bench-lock
bench-lock: ## write the benchmark's lock files anew
	$(call install,.lock-venv requirements/lock.lock)
	@for name in django privacyidea; do \
	    $(LOCK) bench/locks/$$name.in --output-file bench/locks/$$name.lock || exit 1; done
	@$(LOCK) bench/locks/servers.in --constraint requirements/run.lock \
	    --output-file bench/locks/servers.lock
	@cd bench/better-auth && npm install --package-lock-only --no-audit --no-fund >/dev/null

.PHONY: install
install: ## make .venv with what the product needs
	$(call install,.venv requirements/run.lock .)

.PHONY: develop
develop: ## make .venv with what its tests and checks need as well
	$(call install,.venv requirements/dev.lock .)

LOCK = .lock-venv/bin/uv pip compile --quiet --universal --python-version 3.11 \
    --generate-hashes --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.PHONY: lock
lock: ## write the lock files anew from pyproject.toml; UPGRADE=1 takes newer releases
	$(call install,.lock-venv requirements/lock.lock)
	@$(LOCK) pyproject.toml --all-extras --group build --group check --group test \
	    --output-file requirements/dev.lock
	@$(LOCK) pyproject.toml --extra postgresql --group build \
	    --constraint requirements/dev.lock --output-file requirements/run.lock
	@$(LOCK) --group lock --output-file requirements/lock.lock

.PHONY: clean
clean: ## remove what was made here
	rm -rf .venv .venv.lock .lock-venv .lock-venv.lock honnin.egg-info build
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf bench/.venv-* bench/better-auth/node_modules profile
	find . -name __pycache__ -not -path "./.venv/*" -type d -prune -exec rm -rf {} +
