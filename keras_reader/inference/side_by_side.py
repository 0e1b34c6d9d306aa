"""Batches of different sizes, read at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

Outputs = dict[str, np.ndarray]
Run = Callable[[np.ndarray], Outputs]


class SideBySide:
    """Runs many batches on a core each.

    A batch of one crop is too little work to share out: two cores read it hardly quicker than one. Crops of different
    sizes cannot be one batch, so each core takes a batch of its own. Where there are fewer batches than cores, they are
    run one after the other, each on all cores.

    Args:
        run: runs one batch on all cores.
        make_run: makes a function that runs one batch on one core, and that threads may call at the same time. It is
            called when it is needed first.
        cores: number of cores.
    """

    def __init__(self, run: Run, make_run: Callable[[], Run], cores: int):
        self._run = run
        self._make_run = make_run
        self._cores = cores
        self._run_on_one: Run | None = None

    def __call__(self, batches: Sequence[np.ndarray]) -> list[Outputs]:
        if self._cores == 1 or len(batches) < self._cores:
            return [self._run(batch) for batch in batches]
        if self._run_on_one is None:
            self._run_on_one = self._make_run()
        with ThreadPoolExecutor(self._cores) as threads:
            return list(threads.map(self._run_on_one, batches))
