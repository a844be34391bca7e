# make check: all that CI checks. make test: the tests alone. make format: what ruff can mend.
.PHONY: check lint test format bench pictures notebook

check: lint test

lint:
	ruff check .
	ruff format --check .
	mypy
	lint-imports

test:
	OMP_NUM_THREADS=1 python -m pytest -n 2 --dist worksteal

format:
	ruff check --fix .
	ruff format .

bench:
	python benchmarks/start.py
	python benchmarks/count.py
	python benchmarks/read.py

pictures:
	python docs/pictures.py

notebook:
	python docs/notebook.py
