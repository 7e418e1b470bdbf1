"""Which bundles load what of the in-process kind, and what is said of what is missing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SDK = Path(__file__).parents[1]

LOADS = {
    "from src.services.vault.credentials import Vault": r"src\.services\.vault: it belongs to the in-process hAIrem",
    "from src.models.hlink import AudioFrame": r"src\.models\.hlink has no AudioFrame: it belongs to the in-process",
    "import agents.bob.drivers": r"agents\.bob: the code of another agent is not here",
    "from src.domain.agent import BaseAgent\nimport not_there": "'not_there': is it in requirements.txt",
    "from src.domain.agent import BaseAgent\nclass Agent: pass": r"must extend BaseAgent of hairem; it extends object",
    "from src.domain.agent import BaseAgent": "must define a class Agent",
    "from src.domain.agent import BaseAgent\nclass Agent(BaseAgent):\n    from electra.drivers import lamp": "",
    "from src.domain.agent import BaseAgent\nclass Agent(BaseAgent):\n    from agents.Electra.drivers import lamp": "",
}
LOADER = """
import sys
from pathlib import Path
from hairem.runtime.load_agent import load_agent
load_agent(Path(sys.argv[1]), agent="electra")
print(*sorted(name for name in sys.modules if name.partition(".")[0] in ("src", "pydantic") or "in_process" in name))
print(*[path for path in sys.path if path.endswith("in_process")])
"""


def loaded(folder: Path, logic: str) -> "subprocess.CompletedProcess[str]":
    (folder / "drivers").mkdir(exist_ok=True)
    (folder / "drivers/lamp.py").write_text("ON = 1\n")
    (folder / "logic.py").write_text(logic)
    return subprocess.run(  # noqa: S603 - our own Python, with the text above
        [sys.executable, "-c", LOADER, str(folder)], capture_output=True, text=True, check=False, cwd=SDK
    )


@pytest.mark.parametrize("logic", LOADS)
def test_what_is_missing_is_named_and_what_is_there_is_found(tmp_path: Path, logic: str) -> None:
    text = logic if "BaseAgent" in logic else f"from src.domain.agent import BaseAgent\n{logic}\n"
    found = loaded(tmp_path, text)
    assert (found.returncode == 0) is (LOADS[logic] == ""), found.stderr
    assert re.search(LOADS[logic], found.stderr), found.stderr


def test_a_native_bundle_loads_nothing_of_it(tmp_path: Path) -> None:
    found = loaded(tmp_path, "from hairem import BaseAgent\nclass Agent(BaseAgent): pass\n")
    assert found.stdout == "\n\n", found.stdout + found.stderr


def test_a_folder_src_of_the_bundle_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/words.py").write_text("HI = 'hi'\n")
    logic = "from src.words import HI\nfrom hairem import BaseAgent\nclass Agent(BaseAgent): hi = HI\n"
    assert loaded(tmp_path, logic).stdout == "src src.words\n\n"


def test_a_bundle_that_makes_no_message_loads_no_pydantic(tmp_path: Path) -> None:
    found = loaded(tmp_path, "from src.domain.agent import BaseAgent\nclass Agent(BaseAgent): pass\n")
    assert "src.domain.agent" in found.stdout
    assert "pydantic" not in found.stdout
