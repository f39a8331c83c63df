"""Running a program where a function makes each resource."""

import asyncio
import os
import signal
import sys
import threading
from typing import Any

import pytest

from tests.graph.harness import TRAPS, run
from workload_secrets.errors import InputError, ServerError
from workload_secrets.graph import symbols
from workload_secrets.graph.errors import ProgramError, RealizeError
from workload_secrets.graph.realized import Created, Same, Updated


class Server:
    """A fake of real servers: remembers what was asked of it."""

    def __init__(self, change: type[dict[str, Any]] = Created, fail: tuple[str, ...] = ()):
        self.made, self.seen, self._change, self._fail = [], {}, change, fail

    def __call__(self, resource):
        if resource.name in self._fail:
            raise RealizeError("403 permission denied")
        self.made.append(resource.name)
        self.seen[resource.name] = resource
        return self._change(symbols.realize(resource))


def test_resources_are_made_in_the_order_of_their_dependencies():
    server = Server()
    outcome = run("chain_of_three", server)
    assert server.made == ["one", "two", "three"]
    assert (outcome.created, outcome.updated, outcome.same) == (3, 0, 0)


def test_real_outputs_reach_the_resources_that_need_them():
    server = Server()
    run("chain_of_three", server)
    assert server.seen["two"].inputs["policy"] == "one"
    assert server.seen["three"].inputs["policy"] == "two!"


def test_a_secret_input_reaches_the_maker_with_its_mark():
    server = Server()
    run("secret_in_document", server)
    assert server.seen["one"].inputs["policy"] == "canary"
    assert server.seen["one"].secrets == {("policy",)}


def test_the_first_failure_is_kept_and_nothing_is_made_after_it():
    server = Server(fail=("two",))
    outcome = run("chain_of_three", server)
    assert server.made == ["one"]
    assert outcome.failure is not None
    assert outcome.failure.urn == "urn:pulumi:one::traps::vault:index/policy:Policy::two"
    assert outcome.failure.source.startswith("cases.py:")
    assert "403 permission denied" in str(outcome.failure)
    with pytest.raises(ServerError, match=r"cases\.py:\d+: vault:index/policy:Policy `two`: 403"):
        outcome.check()


def test_a_foreign_error_shows_its_type_and_its_causes_not_its_text():
    def broken(_):
        try:
            raise ConnectionError("canary")
        except ConnectionError as error:
            raise RealizeError("the server is away") from error

    text = str(run("fine", broken).failure)
    assert "the server is away (from ConnectionError)" in text
    assert "canary" not in text


def test_an_unforeseen_error_of_a_maker_shows_no_text():
    def broken(_):
        raise KeyError("canary")

    text = str(run("fine", broken).failure)
    assert "KeyError" in text
    assert "canary" not in text


def test_an_output_that_is_missing_is_an_error_not_a_silent_none():
    outcome = run("mount_accessor", lambda resource: Created({"id": "pmp"}))
    assert "came back without `accessor`" in str(outcome.failure)


def test_a_hook_runs_once_its_resource_was_created():
    run("hooked", Server())
    assert sys.modules["cases"].SEEN == [("one", "one")]


@pytest.mark.parametrize("change", [Same, Updated, dict])
def test_an_after_create_hook_does_not_run_for_what_was_there(change):
    run("hooked", Server(change))
    assert sys.modules["cases"].SEEN == []


@pytest.mark.parametrize("mode", ["preview", "update"])
def test_no_hook_runs_in_a_capture(mode):
    resource = run("hooked", mode=mode).graph.only("vault:index/policy:Policy")
    assert resource.options.hooks == {"after_create": ("seen",)}
    assert sys.modules["cases"].SEEN == []


def test_a_failing_hook_fails_the_run_after_its_resource_was_made():
    server = Server()
    outcome = run("failing_hook", server)
    assert server.made == ["one"]
    assert outcome.created == 1
    assert "its hook `template` failed: the template could not be written" in str(outcome.failure)


def test_a_hook_that_failed_is_not_repeated_where_the_resource_is_there():
    assert run("failing_hook", Server(Same)).failure is None


def test_a_crash_while_a_hook_waits_ends_and_is_reported():
    with pytest.raises(ProgramError, match="RuntimeError"):
        run("slow_hook_and_crash", Server())


def test_several_runs_in_one_process_leave_no_loop_no_module_and_no_folder():
    folder, path = os.getcwd(), list(sys.path)  # noqa: PTH109
    for _ in range(3):
        run("fine")
    assert (os.getcwd(), sys.path) == (folder, path)  # noqa: PTH109
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_no_worker_thread_is_left():
    before = threading.active_count()
    run("chain_of_three", Server())
    assert threading.active_count() == before


def test_ctrl_c_marks_a_stop_and_what_is_under_way_ends():
    def interrupted(resource):
        os.kill(os.getpid(), signal.SIGINT)
        server.made.append(resource.name)
        return Created(symbols.realize(resource))

    server = Server()
    outcome = run("chain_of_three", interrupted)
    assert server.made == ["one"]
    assert outcome.stopped
    assert outcome.created == 1
    with pytest.raises(KeyboardInterrupt):
        outcome.check()


def test_a_configuration_error_keeps_its_message_and_is_bad_input():
    with pytest.raises(InputError, match=r"^Pulumi\.one\.yaml: workloads\.x: got 3"):
        run("config_error")


def test_a_key_that_the_program_requires_is_bad_input():
    with pytest.raises(InputError, match="traps:nothing"):
        run("missing_config")


@pytest.mark.parametrize(("case", "name"), [("crash", "RuntimeError"), ("crash_in_apply", "KeyError")])
@pytest.mark.parametrize("maker", [None, Server()])
def test_a_crash_names_frames_of_the_project_and_no_value(case, name, maker):
    with pytest.raises(ProgramError) as caught:
        run(case, maker)
    text = str(caught.value)
    assert name in text
    assert "cases.py:" in text
    assert "canary" not in text
    assert str(TRAPS) not in text


def test_a_program_that_exits_is_an_error():
    with pytest.raises(ProgramError, match="SystemExit"):
        run("exits")


def test_four_lanes_work_at_the_same_time():
    together = threading.Barrier(4, timeout=30)

    def maker(resource):
        together.wait()  # breaks unless four are here at once
        return Created(symbols.realize(resource))

    assert run("eight", maker).created == 8


def test_one_run_makes_one_event_loop(monkeypatch):
    made, real = [], asyncio.new_event_loop
    monkeypatch.setattr(asyncio, "new_event_loop", lambda: made.append(real()) or made[-1])
    run("eight", Server())
    assert len(made) == 1
    assert made[0].is_closed()


def test_configuration_does_not_leak_into_the_next_run():
    run("missing_config", nothing="here")
    with pytest.raises(InputError, match="traps:nothing"):
        run("missing_config")


def test_an_error_that_follows_from_the_first_is_not_shown():
    outcome = run("two_failures", Server(fail=("one",)))
    assert outcome.failure is not None
    assert outcome.failure.name == "one"
