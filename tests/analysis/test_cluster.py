"""A sweep on a Dask cluster of two workers gives the rows of one process; a killed worker loses and doubles none."""

import csv
import io
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


def test_no_scheduler() -> None:
    with pytest.raises(CostcalcError, match="no Dask scheduler at 'nonsense://x'"):
        costcalc.sweep("lenet5", batch=[1, 2], dask="nonsense://x")
