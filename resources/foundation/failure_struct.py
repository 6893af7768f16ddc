"""A `Failure` in a column. Apart from it: those who only raise one need no Arrow."""

from __future__ import annotations

from dataclasses import fields

import pyarrow as pa

from codices.resources.foundation.failures import Failure

FAILURE = pa.struct([(each.name, pa.string()) for each in fields(Failure)])
