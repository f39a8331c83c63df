"""What the engine would do becomes counts and names; no value and no secret gets into a file."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

import pytest
from pulumi.automation.events import EngineEvent

from tests.workflows.engine_log import MIXED, POLICY, SECRET, VALUE, finding, log, message, step, summary
from tests.workflows.reading import SCRIPTS

TOKEN = 'hvs.A"B/C+ü%20-0123456789'
PULUMI = """#!{python}
import json, os, sys
json.dump([sys.argv[1:], dict(os.environ)], open({asked!r}, "w"))
print("Previewing update (dev)")
log = sys.argv[sys.argv.index("--event-log") + 1]
text = open({log!r}, encoding="utf-8", errors="surrogateescape").read()
if text:
    open(log, "w", encoding="utf-8", errors="surrogateescape").write(text)
sys.exit({code})
"""


@dataclass(frozen=True)
class Said:
    code: int
    counts: str
    details: str
    asked: list[str]
    environment: dict[str, str]


def preview(tmp_path: Path, text: str, code: int = 0, **variables: str) -> Said:
    """The script with an engine that leaves this log and ends so."""
    (tmp_path / "log").write_text(text, encoding="utf-8", errors="surrogateescape")
    engine = tmp_path / "bin/pulumi"
    engine.parent.mkdir()
    places = {"asked": str(tmp_path / "asked"), "log": str(tmp_path / "log")}
    engine.write_text(PULUMI.format(python=sys.executable, code=code, **places))
    engine.chmod(0o755)
    (tmp_path / "tmp").mkdir()
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "engine_preview.py"), "dev", "engine"],
        cwd=tmp_path,
        env={"PATH": f"{engine.parent}:/usr/bin:/bin", "TMPDIR": str(tmp_path / "tmp"), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "Previewing update (dev)\n", done.stderr
    assert list((tmp_path / "tmp").iterdir()) == []
    asked, environment = json.loads((tmp_path / "asked").read_text())
    counts, details = ((tmp_path / "engine" / f"{name}.txt").read_text() for name in ("summary", "details"))
    return Said(done.returncode, counts, details, asked, environment)


def test_the_log_is_one_that_pulumis_own_sdk_reads() -> None:
    events = [EngineEvent.from_json(json.loads(line)) for line in log(*MIXED).splitlines()]
    steps = [e.resource_pre_event.metadata for e in events if e.resource_pre_event]
    assert {step.op.value for step in steps} >= {"create", "update", "replace", "delete", "same"}
    changes = [dict(e.summary_event.resource_changes) for e in events if e.summary_event]
    assert changes == [{"create": 1, "update": 1, "replace": 1, "delete": 1, "same": 1, "read": 1}]
    assert [e.policy_event.enforcement_level for e in events if e.policy_event] == ["mandatory", "advisory"]


def test_counts_are_the_engines(tmp_path: Path) -> None:
    assert preview(tmp_path, log(*MIXED)).counts == (
        "create 1, update 1, replace 1, delete 1, other 0, same 1\n"
    )


def test_details_name_what_changes_worst_first(tmp_path: Path) -> None:
    assert preview(tmp_path, log(*MIXED)).details == (
        "changes:\n"
        f"  delete   {SECRET} old::name\n"
        "  replace  vault:index/mount:Mount apps: path\n"
        f"  update   {POLICY} pmp-secrets: policy\n"
        f"  create   {SECRET} orders\n"
        "\n"
        "rules:\n"
        f"  mandatory: {SECRET} orders: SM-01 (medium) violation: no kmsKeyId\n"
        "  advisory: waiver K8S-08 on dev::x: until 2026-12-31\n"
        "\n"
        "messages:\n"
        f"  warning: {POLICY} pmp-secrets: allowOverwrite is deprecated\n"
    )


RECORDED = {
    "changed": "create 1, update 1, replace 0, delete 1, other 0, same 2\n",
    "refused": "create 2, update 1, replace 0, delete 1, other 0, same 2\n",
    "failed": "create 1, update 1, replace 0, delete 0, other 0, same 2\n",
}
"""What Pulumi 3.274.1 wrote of a program of three components, without its debug lines."""


@pytest.mark.parametrize("name", RECORDED)
def test_what_the_real_engine_wrote_is_read(tmp_path: Path, name: str) -> None:
    text = (Path(__file__).parent / "recorded" / f"{name}.jsonl").read_text("utf-8")
    said = preview(tmp_path, text, 0 if name == "changed" else 1)
    assert said.counts == RECORDED[name]
    assert "  update   shop:index:Thing b: size\n" in said.details
    assert "  warning: an old option is used\n" in said.details
    assert said.details.startswith("The preview failed") == (name != "changed")
    assert ("mandatory: workload-secrets:aws:Secret orders: SM-05" in said.details) == (name == "refused")
    assert ("RuntimeError: no such file" in said.details) == (name == "failed")
    assert VALUE in text
    assert VALUE not in said.details


def test_no_value_of_a_property_or_of_the_configuration_is_kept(tmp_path: Path) -> None:
    said = preview(tmp_path, log(*MIXED))
    assert VALUE in log(*MIXED)
    assert VALUE not in said.counts + said.details


def test_the_engine_is_asked_for_a_review_and_shows_no_outputs(tmp_path: Path) -> None:
    said = preview(tmp_path, log())
    assert said.asked[0] == "preview"
    assert said.asked[said.asked.index("--stack") + 1] == "dev"
    assert said.asked[said.asked.index("--policy-pack") + 1] == "policies"
    assert {"--non-interactive", "--suppress-outputs"} <= set(said.asked)
    assert not {"--diff", "--show-secrets", "--json"} & set(said.asked)
    assert said.environment["PULUMI_DEBUG_COMMANDS"] == "true"


@pytest.mark.parametrize("code", [0, 1, 255])
def test_it_ends_as_the_engine_does(tmp_path: Path, code: int) -> None:
    assert preview(tmp_path, log(*MIXED), code).code == code


def test_an_engine_that_ends_early_leaves_what_it_had_found(tmp_path: Path) -> None:
    said = preview(tmp_path, log(step("create", SECRET, "orders"), message("error", "no credentials")), 1)
    assert said.counts == "create 1, update 0, replace 0, delete 0, other 0, same 0\n"
    assert said.details.startswith("The preview failed")
    assert "error: no credentials" in said.details


def test_without_a_log_that_is_said(tmp_path: Path) -> None:
    said = preview(tmp_path, "", 6)
    assert (said.code, said.counts) == (6, "create 0, update 0, replace 0, delete 0, other 0, same 0\n")
    assert "The preview failed" in said.details


def test_nothing_to_do_is_said(tmp_path: Path) -> None:
    assert preview(tmp_path, log(summary({"same": 3}))).details == "nothing changes\n"


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[1]",
        "null",
        '"x"',
        '{"resourcePreEvent": 1}',
        '{"resourcePreEvent": {"metadata": {}}}',
        '{"summaryEvent": {"resourceChanges": {"create": "many"}}}',
        '{"summaryEvent": {"resourceChanges": []}}',
        '{"policyEvent": {"message": 1}}',
        '{"diagnosticEvent": {"urn": "x"}}',
        "[" * 100_000,
        "\udcff\udcfe",
    ],
)
def test_a_line_that_is_no_event_is_counted_and_hides_nothing(tmp_path: Path, line: str) -> None:
    said = preview(tmp_path, f"{line}\n{log(*MIXED)}")
    assert "1 lines of the engine's log could not be read" in said.details
    assert "orders" in said.details


def _encoded(token: str) -> list[str]:
    whole = [base64.b64encode(f"{before}{token}".encode()).decode() for before in ("", "u", "ab:", "user:")]
    return [
        token,
        json.dumps(token),
        json.dumps({"errors": [token]}, ensure_ascii=False),
        urllib.parse.quote(token, safe=""),
        urllib.parse.quote_plus(token),
        *whole,
        *(text.replace("+", "-").replace("/", "_") for text in whole),
    ]


@pytest.mark.parametrize("shown", _encoded(TOKEN))
@pytest.mark.parametrize("name", ["VAULT_TOKEN", "AWS_SECRET_ACCESS_KEY", "PULUMI_CONFIG_PASSPHRASE"])
def test_no_credential_of_the_job_is_kept_however_it_is_encoded(
    tmp_path: Path, name: str, shown: str
) -> None:
    events = (message("error", f"failed to parse: {shown} end"), finding("mandatory", shown))
    said = preview(tmp_path, log(*events), 1, **{name: TOKEN})
    assert "failed to parse" in said.details
    assert not any(form in said.details for form in (*_encoded(TOKEN), TOKEN[6:20]))


@pytest.mark.parametrize("secret", ["hvs.CAESIcanaryCANARY0123456789abcdef", "AKIAIOSFODNN7EXAMPLE"])
def test_what_looks_like_a_secret_is_not_kept_either(tmp_path: Path, secret: str) -> None:
    assert secret not in preview(tmp_path, log(message("error", f"got {secret}"))).details


def test_variables_that_are_no_secret_stay_readable(tmp_path: Path) -> None:
    said = preview(
        tmp_path,
        log(message("error", "mount kubernetes-dev, role dev-preview")),
        VAULT_AUTH_MOUNT="kubernetes-dev",
        VAULT_ROLE="dev-preview",
        AWS_WEB_IDENTITY_TOKEN_FILE="/x/token",
    )
    assert "mount kubernetes-dev, role dev-preview" in said.details


def test_long_lines_and_many_steps_are_cut(tmp_path: Path) -> None:
    steps = (step("create", SECRET, f"s{number}") for number in range(5000))
    said = preview(tmp_path, log(*steps, message("error", "x" * 100_000), summary({"create": 5000})))
    assert said.counts.startswith("create 5000,")
    assert "… and 3000 more" in said.details
    assert max(map(len, said.details.splitlines())) < 700
    assert len(said.details) < 256 * 1024


@pytest.mark.parametrize("words", [[], ["dev"], ["--stack=x", "engine"], ["dev", "engine", "more"]])
def test_other_words_are_refused(words: list[str], tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPTS / "engine_preview.py"), *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])


def test_the_comment_reads_what_is_written_here(tmp_path: Path) -> None:
    """The two scripts share a form, and are never run together: one of them runs untrusted code."""
    code = (SCRIPTS / "standing.py").read_text()
    counted = re.search(r'_COUNTS: Final = re.compile\(\s+r"(.+)"\s+r"(.+)",', code)
    assert counted is not None
    pattern = "".join(counted.groups()).replace(r"\n", "\n")
    assert re.fullmatch(pattern, preview(tmp_path, log(*MIXED)).counts)


def test_without_an_engine_it_fails(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "engine_preview.py"), "dev", "engine"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path), "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5
    assert "Traceback" not in done.stderr
