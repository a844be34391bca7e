"""A sweep on a Dask cluster of two workers gives the rows of one process; a killed worker loses and doubles none."""

import csv
import io
import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from command import run

import costcalc
from costcalc.spec import CostcalcError

distributed = pytest.importorskip("distributed", reason="dask is not installed")

WORDS = ("mobilenet_v1", "--width", "0.25:1.99:0.005", "--input", "64")


@pytest.fixture(scope="module")
def cluster() -> Any:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as made:
        yield made


def test_the_rows_of_one_process(cluster: Any, tmp_path: Path) -> None:
    files = [tmp_path / "one.csv", tmp_path / "dask.csv"]
    assert run("sweep", *WORDS, "-o", str(files[0])).code == 0
    assert run("sweep", *WORDS, "-o", str(files[1]), "--dask", cluster.scheduler_address).code == 0
    assert files[0].read_text() == files[1].read_text()


def test_a_killed_worker(cluster: Any) -> None:
    """349 widths in six blocks; one of the two workers is killed while it computes."""
    pids = list(cluster.scheduler.workers.values())
    assert len(pids) == 2
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        pid = next(iter(client.run(os.getpid).values()))
    killer = threading.Thread(target=lambda: (time.sleep(0.5), os.kill(pid, signal.SIGKILL)))
    killer.start()
    done = run("sweep", *WORDS, "--dask", cluster.scheduler_address, "--format", "csv")
    killer.join()
    assert done.code == 0, done.err
    widths = [row["width"] for row in csv.DictReader(io.StringIO(done.out))]
    assert len(widths) == len(set(widths)) == 349
    assert done.out == run("sweep", *WORDS, "--format", "csv").out


SUMS = ("genotype.0+genotype.1+genotype.2+genotype.3=2", "genotype.4+genotype.5=1")
SEARCH = ("nas_bench_macro", "--free", "genotype.*=0:2", "--where", SUMS[0], "--where", SUMS[1],
          "--maximize", "params", "--minimize", "mult_adds", "--format", "json")  # fmt: skip


def test_a_search(cluster: Any) -> None:
    """10 ways to make a sum of 2 from four, 2 to make 1 from two, and 9 of the last two: 180 graphs in blocks of 64."""
    alone = run("search", *SEARCH)
    assert alone.code == 0, alone.err
    assert json.loads(alone.out)["feasible"] == 180
    for more in (["--dask", cluster.scheduler_address], ["--jobs", "2"]):
        done = run("search", *SEARCH, *more)
        assert done.code == 0, done.err
        assert done.out == alone.out


def test_trials_run_in_one_process() -> None:
    for more in (["--dask", "tcp://127.0.0.1:1"], ["--jobs", "2"]):
        done = run("search", *SEARCH, "--trials", "9", *more)
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert "give either --trials or --jobs or --dask" in done.err


def test_no_scheduler() -> None:
    with pytest.raises(CostcalcError, match="no Dask scheduler at 'nonsense://x'"):
        costcalc.sweep("lenet5", batch=[1, 2], dask="nonsense://x")
