PYTHON ?= python3
PORT ?=

.PHONY: app test lint format bench

app: ## set up and start the app; make app PORT=9000 for another port
	@$(PYTHON) run.py app $(if $(PORT),--port $(PORT))

test: ## set up, lint, check types, run all tests
	@$(PYTHON) run.py test

lint:
	@$(PYTHON) run.py lint

format:
	@$(PYTHON) run.py format

bench:
	@$(PYTHON) run.py bench
