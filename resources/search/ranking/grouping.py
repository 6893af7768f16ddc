"""From a ranking of elements to hits: the same picture once, near-duplicates folded, pages, documents, quotas, intent.

Pure functions over `Candidate`s, best first. The best element speaks for its group and the others are its siblings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from codices.resources.search.ranking.fusion import Contribution, Fused
from codices.resources.search.ranking.places import Place
from codices.resources.settings.levels import Level

SHINGLE = 4
"""Words in a shingle: long enough that documents on one subject share few (Broder 1997 used 10 for whole pages)."""

NEAR_DUPLICATE = 0.85
"""Jaccard similarity of shingles from which two elements of one modality count as the same words."""

_WORD = re.compile(r"\w+")


@dataclass
class Candidate:
    """An element in the ranking, and the elements that it stands for (`siblings`, best first)."""

    place: Place
    fused: Fused
    score: float
    siblings: list[Candidate] = field(default_factory=list)


def group_key(place: Place, level: Level) -> str:
    """What makes two elements one hit at `level`. At level element only pictures with the same pixels are one."""
    match level:
        case "document":
            return place.path
        case "source":
            return place.source_path or place.path
        case "page":
            return place.path if place.page is None else f"{place.path}#page={place.page}"
        case "element" | "image":
            if place.modality == "figure" and place.image_id:
                return f"image:{place.image_id}"
            return place.element_id


def group(candidates: Iterable[Candidate], level: Level) -> list[Candidate]:
    """One candidate for each group, in the order of the groups' best elements; level image keeps pictures only.

    Which element speaks for a picture: the best one, and it is ranked by its own words (the legs read what stands
    around it), so a figure in a page goes before the bare image file.
    """
    groups: dict[str, Candidate] = {}
    for candidate in candidates:
        if level == "image" and not candidate.place.image_id:
            continue
        key = group_key(candidate.place, level)
        if key in groups:
            groups[key].siblings.append(candidate)
        else:
            groups[key] = Candidate(candidate.place, candidate.fused, candidate.score)
    return list(groups.values())


def raise_modality(candidates: Sequence[Candidate], modality: str | None, boost: float) -> list[Candidate]:
    """Scores of `modality` times (1 + boost), sorted again. Others keep their scores: they are never hidden.

    What was added is a contribution like a leg's, called `intent`.
    """
    if not modality or boost <= 0:
        return list(candidates)
    for candidate in candidates:
        if candidate.place.modality == modality:
            added = candidate.score * boost
            candidate.fused.legs["intent"] = Contribution(1, 1.0, added)
            candidate.score += added
    return sorted(candidates, key=lambda candidate: -round(candidate.score, 12))  # stable: ties keep their order


def apply_quotas(candidates: Sequence[Candidate], quotas: Mapping[str, int], limit: int) -> list[Candidate]:
    """The first `limit` candidates, with at least `quotas[modality]` of each modality where that many were found.

    What is missing takes the places of the last hits of modalities that are over their own quota. Order stays by
    score otherwise, so a promoted hit comes last, never first.
    """
    chosen = list(candidates[:limit])
    rest = list(candidates[limit:])
    for modality, places in quotas.items():
        missing = min(places, limit) - sum(c.place.modality == modality for c in chosen)
        for candidate in [c for c in rest if c.place.modality == modality][: max(0, missing)]:
            victim = _last_over_quota(chosen, quotas, modality)
            if victim is None:
                break
            chosen.remove(victim)
            rest.remove(candidate)
            chosen.append(candidate)
    return chosen


def _last_over_quota(chosen: Sequence[Candidate], quotas: Mapping[str, int], keep: str) -> Candidate | None:
    for candidate in reversed(chosen):
        modality = candidate.place.modality
        if modality != keep and sum(c.place.modality == modality for c in chosen) > quotas.get(modality, 0):
            return candidate
    return None


def fold_near_duplicates(candidates: Sequence[Candidate], texts: Mapping[str, str], limit: int) -> list[Candidate]:
    """Up to `limit` candidates, those whose words are (nearly) those of a better one folded into it.

    `texts`: element_id -> words; a candidate without an entry is never folded. Short texts must be equal, word by
    word: two one-line captions that share most shingles may still be two things. Quadratic in the hits kept.
    """
    kept: list[tuple[Candidate, frozenset[tuple[str, ...]]]] = []
    for candidate in candidates:
        shingles = shingles_of(texts.get(candidate.place.element_id, ""))
        twin = next(
            (
                other
                for other, known in kept
                if other.place.modality == candidate.place.modality and _same_words(shingles, known)
            ),
            None,
        )
        if twin is not None and not _distinct_pictures(twin.place, candidate.place):
            twin.siblings.extend([replace(candidate, siblings=[]), *candidate.siblings])
        elif len(kept) < limit:
            kept.append((replace(candidate, siblings=[*candidate.siblings]), shingles))
        else:
            break
    return [candidate for candidate, _ in kept]


def _distinct_pictures(one: Place, other: Place) -> bool:
    """Two figures side by side have the same words around them and are still two pictures."""
    return one.modality == "figure" and one.image_id != other.image_id


def shingles_of(text: str) -> frozenset[tuple[str, ...]]:
    """Runs of SHINGLE words, case-folded; a text of fewer words is one run."""
    words = _WORD.findall(text.casefold())
    if not words:
        return frozenset()
    if len(words) < SHINGLE:
        return frozenset([tuple(words)])
    return frozenset(zip(*(words[start:] for start in range(SHINGLE)), strict=False))


def _same_words(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    if not one or not other:
        return False
    smaller, larger = sorted((len(one), len(other)))
    if smaller < NEAR_DUPLICATE * larger:
        return False
    # Sets this similar lack less than the rest of each other: of more than that, some must be shared.
    if other.isdisjoint(islice(one, int((1 - NEAR_DUPLICATE) * len(one)) + 1)):
        return False
    shared = len(one & other)
    return shared >= NEAR_DUPLICATE * (len(one) + len(other) - shared)
