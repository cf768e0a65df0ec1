"""What of the core's code the comparison with QEMU does not enter is listed, with the reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.emulator.differential import measure

LISTED = YAML(typ="safe").load(Path(__file__).with_name("uncovered.yaml").read_text())
CASES = 3000


@pytest.mark.slow
def test_every_function_that_no_case_enters_is_listed_and_no_other(tmp_path):
    output = tmp_path / "never.json"
    command = [sys.executable, "-m", "tests.emulator.differential.measure", str(CASES), "--json", str(output)]
    subprocess.run(command, cwd=measure.ROOT, check=True)
    never = {
        f"{module}.{name}"
        for module, names in json.loads(output.read_text()).items()
        for name in names
        if module.partition(".")[0] not in LISTED["modules"]
    }
    listed = {name for names in LISTED["functions"].values() for name in names}
    assert never <= listed, (
        f"no case enters {sorted(never - listed)}: have one do it, or list them with the reason"
    )
    assert len(listed - never) <= len(listed) // 10, (
        f"cases enter {sorted(listed - never)}: take them from the list"
    )


def test_each_function_is_listed_once_and_exists():
    names = [name for listed in LISTED["functions"].values() for name in listed]
    assert len(set(names)) == len(names)
    found = {
        f"{'.'.join(path.relative_to(measure.CORE).with_suffix('').parts)}.{name}"
        for path in measure.CORE.rglob("*.py")
        for name, _ in measure._functions(path)
    }
    assert set(names) <= found
