"""What `codices doctor` looks at: whether this machine and this home have what a run needs."""

from codices.resources.health.registry import CHECKS, Finding, check, examine

__all__ = ["CHECKS", "Finding", "check", "examine"]
