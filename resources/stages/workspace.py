"""Everything a stage needs, in one place: settings, home, corpus, stage store, tables, encoders.

Encoders and tables are opened at first use, so that a run that has nothing to embed loads no model; models are loaded
in a process of their own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

from codices.resources.corpus.corpus import Corpus
from codices.resources.encoders.common.interface import TextEncoder
from codices.resources.encoders.common.kinds import KindClassifier, ScoringEncoder
from codices.resources.foundation.cores import usable_cores
from codices.resources.foundation.files import is_remote
from codices.resources.home.home import Home, HomeError
from codices.resources.index.errors import TableDamaged
from codices.resources.index.schema import ELEMENTS
from codices.resources.index.tables import Tables, open_tables
from codices.resources.settings.settings import Settings
from codices.resources.stages.contents import Contents
from codices.resources.store.committed_rows import CommittedRows
from codices.resources.store.donors import Donors
from codices.resources.store.records import Records
from codices.resources.store.stage_store import StageStore
from codices.resources.store.work_log import LOADING_MODELS

_TABLES = "tables"  # the identity of the tables that the stages were written to
Progress = Callable[[str, int, int], None]  # stage, units done, units in all; a step that counts none begins with 0, 0


Options = TypeVar("Options")
Made = TypeVar("Made")


def no_progress(stage: str, done: int, total: int) -> None:
    """A Progress that tells nobody."""


class Workspace:
    """The state of one run over one home."""

    def __init__(
        self,
        settings: Settings,
        home: Home,
        *,
        run_id: str = "",
        force: bool = False,
        retry_failed: bool = False,
        progress: Progress = no_progress,
    ):
        self.settings = settings
        self.home = home
        self.run_id = run_id
        self.force = force
        self.retry_failed = retry_failed
        self.progress = progress
        self.store = StageStore(home.stages)
        self.records = Records(home.stages)
        self.committed = CommittedRows(home.stages)
        self.donors = Donors(self.store.manifest, home.shard_keys)
        inside = () if is_remote(home.url) else (home.url,)
        self.corpus = Corpus(home.corpus, settings.include, settings.exclude, excluded_folders=inside)
        self.contents = Contents(self.corpus, settings.extraction, self.workers, trusts_records=not force)
        self._made: dict[Callable[..., Any], Any] = {}

    def once(self, make: Callable[[Options], Made], options: Options) -> Made:
        """`make(options)`, of a part of the settings, made once: fingerprints of it stand before those of all units."""
        if make not in self._made:
            self._made[make] = make(options)
        return self._made[make]

    @property
    def workers(self) -> int:
        """Processes that parse and read pictures at the same time."""
        return self.settings.extraction.workers or usable_cores()

    @cached_property
    def tables(self) -> Tables:
        return open_tables(self.home.database)

    @cached_property
    def tables_to_write(self) -> Tables:
        """The tables, made or migrated where that is needed, once per run."""
        self.check_identity()
        if not self.tables.identities():  # made anew below, under another identity
            self.home.stages.remove(_TABLES)
            self.home.record_identity(None)
        dimensions = self.text_encoder.dimension, self.image_encoder.dimension
        if self.tables.loses_vectors(*dimensions):
            self.committed.forget(self.home.shard_keys)
        self.tables.ensure(*dimensions)
        identity = self.tables.identities()[ELEMENTS]
        if self.home.stages.read(_TABLES) is None:
            self.home.stages.write(_TABLES, identity.encode())
        if self.home.identity is None:
            self.home.record_identity(identity)
        return self.tables

    def check_identity(self) -> None:
        """Raises HomeError when the stages were written for another home, TableDamaged when tables are of another one,
        NewerSchema when a later Codices wrote them."""
        of_home, data = self.home.identity, self.home.stages.read(_TABLES)
        of_stages = None if data is None else data.decode()
        if of_home and of_stages and of_home != of_stages:
            raise HomeError(
                f"{self.home.stages.url} holds the stages of another home. Put this home's own back, or move that "
                "folder away and run `codices index`, which computes them again"
            )
        found = self.tables.identities()
        own = of_home or of_stages or found.get(ELEMENTS)
        foreign = [name for name, identity in found.items() if own and identity != own]
        if foreign:
            raise TableDamaged(
                f"{self.home.database} holds the table {', '.join(foreign)} of another home. Put this home's own back, "
                "or move what is foreign away and run `codices index --rebuild`, which writes it again from what was "
                "computed"
            )

    @cached_property
    def text_encoder(self) -> TextEncoder:
        from codices.resources.encoders import hosted_text_encoder

        return hosted_text_encoder(self.settings.encoders, self._loading_models)

    @cached_property
    def image_encoder(self) -> ScoringEncoder:
        from codices.resources.encoders import hosted_image_encoder

        return hosted_image_encoder(self.settings.encoders, self._loading_models)

    @cached_property
    def kind_classifier(self) -> KindClassifier:
        return KindClassifier(self.image_encoder, self.settings.encoders)

    @contextmanager
    def _loading_models(self) -> Iterator[None]:
        started = time.monotonic()
        self.progress(LOADING_MODELS, 0, 1)
        yield
        self.progress(LOADING_MODELS, 1, 1)
        self.store.work.add(LOADING_MODELS, 1, time.monotonic() - started)
