"""What an observation tells of every shard: a version that is another one when the shard is to be indexed."""

from __future__ import annotations

import json
from collections.abc import Mapping

from codices.resources.reports.plan import Plan
from codices.resources.stages.workspace import Workspace

_FILE = "observed.json"  # shard -> digest of its files, and how often it was observed to be stale since it has that


def data_versions(workspace: Workspace, digests: Mapping[str, str], plan: Plan) -> dict[str, str]:
    """A version per shard for the listing's `digests`: a new one when files of the shard changed, and with every
    observation that finds it still stale, because its run failed or some of it could not be read. Where only a release
    is due, the first shard stands for it."""
    before = json.loads(workspace.home.stages.read(_FILE) or b"{}")
    due = set(plan.stale) or set(workspace.home.shard_keys[: plan.release])
    now = {}
    for shard, digest in digests.items():
        known, times = before.get(shard, (None, 0))
        now[shard] = (digest, times + (shard in due) if digest == known else 0)
    workspace.home.stages.write(_FILE, json.dumps(now).encode())
    return {shard: f"{digest}-{times}" for shard, (digest, times) in now.items()}
