"""LanceDB's REST client is imported when somebody uses it, and then it is the real one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
import codices.resources
import lance, lancedb, pyarrow as pa
generated = [name for name in sys.modules if name.startswith("lance_namespace_urllib3_client.models.")]
assert len(generated) < 40, generated
database = lancedb.connect_namespace("dir", {"root": sys.argv[1]})
database.create_table("words", pa.table({"word": ["relay"]}))
assert database.open_table("words").to_arrow()["word"].to_pylist() == ["relay"]
assert lancedb.connect(sys.argv[1]).list_tables().tables == ["words"]
from lance_namespace import CreateTableRequest, ListTablesResponse
from lance_namespace_urllib3_client import ApiClient, Configuration
from lance_namespace_urllib3_client.models.list_tables_response import ListTablesResponse as Real
made = ListTablesResponse(tables=["words"])
assert type(made) is Real and isinstance(made, ListTablesResponse) and not isinstance(3, ListTablesResponse)
assert ListTablesResponse.from_json('{"tables": ["a"]}').tables == ["a"]
assert ApiClient(Configuration(host="http://localhost")).configuration.host == "http://localhost"
"""


def test_the_generated_client_is_imported_when_it_is_used_and_is_the_real_one(tmp_path: Path):
    subprocess.run([sys.executable, "-c", SCRIPT, tmp_path], check=True, timeout=300)
