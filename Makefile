# `make run` and `make test` do all of their set-up themselves; what they install, they announce.
.DEFAULT_GOAL := build
.PHONY: build run shell test lint test-unit test-host test-vm test-arm64 fuzz bench install uninstall deb release clean

build: ## the one executable, out/cctl; ARCH=arm64: for that, out/arm64/cctl
	@ARCH="$(ARCH)" scripts/build

run: build ## a guest beside its host: what isolation gives
	@scripts/demo

shell: build ## an interactive guest
	@scripts/shell

test: ## lint, unit tests, integration tests on the host and in the virtual machine (root)
	@scripts/test-all

lint: ## white space, shell scripts, spelling
	@scripts/install-lint
	@scripts/lint

test-unit: ## unit tests
	@scripts/test-all unit

test-host: ## integration tests on this machine's kernel (root)
	@scripts/test-all host

test-vm: ## integration tests in the virtual machine (root)
	@scripts/test-all vm

test-arm64: ## the arm64 build in a virtual machine
	@scripts/test-all arm64

fuzz: ## mutated inputs for every parser of what strangers write: FUZZ_SECONDS (default 60)
	@scripts/fuzz

bench: build ## cctl beside the runtimes that are installed
	@bench/run
	@bench/exec
	@bench/containers
	@bench/images

# Root installs what somebody else built: a build is made only where there is none.
out/cctl:
	@scripts/build

install: out/cctl ## cctl, manual pages and shell completions: PREFIX (default /usr/local), DESTDIR
	@ARCH="$(ARCH)" DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" scripts/install

uninstall: ## takes away what `make install` put there
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" scripts/install --remove

deb: out/cctl ## a Debian package, in out/; ARCH=arm64: of that build
	@ARCH="$(ARCH)" scripts/make-deb

release: ## tarballs, Debian packages and checksums for amd64 and arm64, in out/release/
	@scripts/release

clean: ## what builds and tests left; .cache stays
	rm -rf out
	find . -path ./.cache -prune -o -type d \( -name bin -o -name obj \) -prune -print | xargs -r rm -rf
