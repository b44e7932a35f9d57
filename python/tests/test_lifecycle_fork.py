"""Clients work in parent and child after a fork."""

import multiprocessing
import os

import pytest
from cancellation_points import REPLIES
from fault_server import FaultServer
from lifecycle_support import program
from results import is_full_run, record

from bimpe import BimpeAI

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


@pytest.mark.timeout(900)
def test_parent_and_child_share_a_client(echo: str) -> None:
    """Sends 300 requests in each process after one fork, and a few after each of many."""
    goal = {"responses of another process, errors, hangs": 0}
    for forks, calls in ((1, 150), (1000, 1) if is_full_run() else (10, 2)):
        wrong = int(program("forking", echo, str(forks), str(calls), "in_turn").out)
        assert wrong == 0
        what = f"{forks} forks, {2 * calls} calls in parent and child after each"
        record(16, what, forks * 4 * calls, {"responses of another process, errors, hangs": wrong}, goal)


@pytest.mark.parametrize(
    "how",
    [
        "while_threads_are_at_work",
        "grandchildren",
        "never_used_before",
        "closed_before",
        "inside_a_loop",
        "with_a_result_to_fetch",
        "with_much_to_let_go_of",
    ],
)
def test_fork_keeps_responses_in_their_process(how: str, echo: str) -> None:
    for _ in range(20 if is_full_run() else 2):
        assert program("forking", echo, "0", "0", how).out == "0\n"


def ask(url: str) -> str:
    return str(BimpeAI(api_key="sk_test", base_url=url).agents.retrieve("a").id)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_multiprocessing_children_send_requests(method: str, echo: str) -> None:
    assert ask(echo) == "a"
    with multiprocessing.get_context(method).Pool(3) as pool:
        assert pool.map(ask, [echo] * 12, chunksize=1) == ["a"] * 12
    assert ask(echo) == "a"


@pytest.mark.parametrize("where", ["hook", "call", "stream"])
def test_fork_during_a_request(where: str, echo: str, faults: FaultServer) -> None:
    agent = {"wait": 0.5, "body": {"message": "ok", "data": {"id": "cm1"}}}
    replies = {
        "hook": [REPLIES["again"], agent],
        "call": [agent],
        "stream": [REPLIES["ticket"], {**REPLIES["one event"], "wait": 0.5}],
    }
    scenario = faults.scenario(replies[where])
    program("forking_in_a_call", where, scenario.base_url, echo)
    assert len(scenario.request_log()["requests"]) == len(replies[where])
