# The menu. Each target is short; the work is in scripts/.
.DEFAULT_GOAL := help
.PHONY: help setup build demo up down test image test-security test-cluster test-media test-web test-all lint fmt bench bench-stream bench-upload bench-catalog bench-hls bench-inspect bench-import bench-names bench-web soak fuzz mutants snapshots

help: ## Show this menu
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: ## Install what is missing, Rust too, from the distribution's packages
	@scripts/setup build demo test

build: ## Build both binaries for release, into target/release
	@scripts/setup build
	cargo build --release --locked -p ginflix-server -p ginflix-cli

demo: ## Set up, build, start a server, generate a video and play it
	@scripts/demo

up: build ## Start a cluster on this machine
	@target/release/ginflix cluster up --provider local

down: build ## Stop it
	@target/release/ginflix cluster down

test: ## Set up and run every test
	@scripts/test

snapshots: ## Write the snapshots of help texts, pages and manifests anew
	@scripts/snapshots

image: ## Make the server's container image, with no registry
	@scripts/image

test-security: ## Check HTTP/2, the OpenAPI document and ranges by programs of other projects
	@scripts/test-security

test-cluster: ## Run the whole service on a Kubernetes cluster of its own; keeps docs/cluster-figures.md
	@scripts/test-cluster

test-media: ## Compare what is read of many media files with ffprobe, and send thousands of damaged ones
	@scripts/test-media

test-web: ## Check the pages in browsers: by axe-core in all themes and widths, with a server that is gone, in Firefox
	@scripts/test-web

test-all: test test-security test-cluster ## Every test, on a cluster too, and the fuzzing that make fuzz does
	@scripts/fuzz

lint: ## Formatting, clippy, rustdoc, scripts, documents, dependencies, spelling
	@scripts/lint

fmt: ## Format the code
	cargo fmt --all

bench: ## Measure start-up, memory, sizes and uploads; keeps docs/figures.md
	@scripts/bench

bench-upload: ## Measure uploads beside curl to nginx and cp; keeps docs/upload-figures.md
	@nice scripts/bench-upload

bench-stream: ## Measure what streaming costs beside nginx; keeps docs/stream-figures.md
	@scripts/bench-stream

bench-catalog: ## Measure lists, searches and views beside pgbench; keeps docs/catalog-figures.md
	@nice scripts/bench-catalog

bench-hls: ## Measure HLS beside nginx with stored segments; keeps docs/hls-figures.md
	@scripts/bench-hls

bench-inspect: ## Measure how long the inspection of a file of two hours takes
	@nice scripts/bench-inspect

bench-import: ## Measure the import of 2,000 files, uploaded and in place; keeps docs/import-figures.md
	@nice scripts/bench-import

bench-names: ## Compare what is guessed of file names with the tests of guessit; keeps docs/names-figures.md
	@nice scripts/bench-names

bench-web: ## Measure the pages of a catalogue of 20,000 movies; keeps docs/web-figures.md
	@nice scripts/bench-web

soak: ## Attack a server with little memory for an hour (GINFLIX_SOAK_SECONDS)
	@scripts/soak

fuzz: ## Fuzz the parsers of requests for a minute each
	@scripts/fuzz

mutants: ## Change the pure rules bit by bit, to see whether their tests notice
	@scripts/mutants
