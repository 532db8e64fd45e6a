# Everything that npm installs runs on the project's own Node, whatever the system has.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
MAKEFLAGS += --no-print-directory

.PHONY: abuse bench build chaos check clean conformance demo ha-failover help install-vm interop lab nova routers scale setup setup-tests test up

help:
	@echo 'make demo         set up this machine, then show an OpenStack network that carries packets'
	@echo 'make up           start Neutrino and stay in the foreground (UP_ARGS="--state-dir DIR …")'
	@echo 'make test         every check and every test; the last line is the sum'
	@echo 'make lab          the installation of etc/examples/two-hosts on hosts in namespaces (LAB_ARGS="--verify --exit", --computes N, --help)'
	@echo 'make conformance  Tempest, and what of it passes on the real Neutron'
	@echo 'make bench        the API server under load, beside the real Neutron where it is installed (BENCH_ARGS=--short)'
	@echo 'make install-vm   docs/install.md from its first command to a second start, in a virtual machine with systemd'
	@echo 'make interop      Neutron'\''s own agents under our server, ours under Neutron'\''s, and both beside each other (INTEROP_ARGS="--only TEXT --kinds vxlan")'
	@echo 'make nova         Debian’s Nova on two hosts: boots a server on a network of ours, reads its console, deletes it (NOVA_ARGS="--driver fake")'
	@echo 'make check        types, lint, import rules and dead code only'
	@echo 'make abuse        20,000 requests, right and wrong, against the whole API (ABUSE_SEED=N for others)'
	@echo 'make chaos        faults under load: broker, database, server, agents, hosts (CHAOS_ARGS="--quick --only broker --seed 7")'
	@echo 'make build        compile to JavaScript; bin/ runs that'
	@echo 'make setup        install what is missing: Debian packages (as root) and npm packages'
	@echo 'make routers      the L3 agent with 200 routers, beside Debian'\''s where it is installed (ROUTERS_ARGS="--routers 50 --only ours")'
	@echo 'make ha-failover  how long a highly available router is away when its host is cut off (HA_ARGS="--rounds 3 --advert-int 1")'
	@echo 'make scale        1,000 simulated hosts with 20,000 ports over RabbitMQ (SCALE_ARGS="--hosts 100 --ports 2000")'
	@echo 'make clean        remove what was compiled'

setup:
	@scripts/setup.sh

setup-tests:
	@scripts/setup.sh tests

build: setup
	@scripts/build.sh

demo: build
	@exec bin/neutrino demo $(DEMO_ARGS)

up: build
	@exec bin/neutrino up $(UP_ARGS)

test: setup-tests
	@exec node scripts/run-tests.ts $(TEST_ARGS)

check: setup
	@exec node scripts/check.ts

bench: setup-tests build
	@exec node --conditions=neutrino-source tests/bench/api-server.ts $(BENCH_ARGS)

conformance: setup-tests build
	@exec node --conditions=neutrino-source tests/conformance/tempest-conformance.ts $(CONFORMANCE_ARGS)

interop: setup-tests build
	@exec node --conditions=neutrino-source tests/interop/interop.ts $(INTEROP_ARGS)

install-vm: setup-tests build
	@exec node --conditions=neutrino-source tests/install/install.ts

lab: setup-tests
	@exec node --conditions=neutrino-source tests/lab/lab.ts $(LAB_ARGS)

nova: setup-tests
	@exec node --conditions=neutrino-source tests/nova/nova.ts $(NOVA_ARGS)

abuse: setup-tests
	@ABUSE_REQUESTS=$${ABUSE_REQUESTS:-20000} exec node node_modules/vitest/vitest.mjs run tests/conformance/abuse.test.ts

chaos: setup-tests build
	@exec node --conditions=neutrino-source tests/chaos/chaos.ts $(CHAOS_ARGS)

clean:
	@rm -rf packages/*/dist .cache coverage

.PHONY: scale
scale: setup-tests build
	@exec node --conditions=neutrino-source tests/bench/scale.ts $(SCALE_ARGS)

.PHONY: routers
routers: setup-tests build
	@exec node --conditions=neutrino-source tests/bench/routers.ts $(ROUTERS_ARGS)

.PHONY: ha-failover
ha-failover: setup-tests
	@exec node --conditions=neutrino-source tests/bench/ha-failover.ts $(HA_ARGS)
