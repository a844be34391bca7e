# make check: all that CI checks. make test: the tests alone. make site: the site, into site/. make format: what ruff
# can mend. make pictures: the pictures of the README. make notebook: the notebook in examples/, run again.
.PHONY: check lint site test format bench pictures notebook

check: lint site test  # a test walks the site

lint:
	ruff check .
	ruff format --check .
	mypy
	lint-imports

site:
	NO_MKDOCS_2_WARNING=1 python -m mkdocs build --strict

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
