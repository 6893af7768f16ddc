"""Identifiers are found to the letter, and ordinary writing is left alone."""

from __future__ import annotations

import time

import pytest

from resources.elements.identifiers import extract_identifiers, identifier_forms, skeleton

IDENTIFIERS = [
    ("https://example.org/a/b.html?x=1#top", "url"),
    ("s3://bucket/key", "url"),
    ("jane.doe+tag@mail.example.org", "email"),
    ("84ce98d1-e359-4f3b-85af-985b458de3c6", "uuid"),
    ("CVE-2021-44228", "cve"),
    ("192.168.0.17", "ip"),
    ("10.0.0.0/16", "ip"),
    ("127.0.0.1:56335", "ip"),
    ("2001:db8::8a2e:370:7334", "ip"),
    ("00:1B:44:11:3A:B7", "ip"),
    ("5bcd846", "hash"),
    ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "hash"),
    ("v1.2", "version"),
    ("1.2.3-rc.1", "version"),
    ("v2.6.7+5bcd846", "version"),
    ("v1beta1", "version"),
    ("--dry-run", "flag"),
    ("-Xmx512m", "flag"),
    ("ERR_SSL_VERSION", "env"),
    ("$HOME_DIR", "env"),
    ("/etc/nginx/nginx.conf", "path"),
    ("../assets/pump.png", "path"),
    ("C:\\Windows\\System32", "path"),
    ("apps/v1", "path"),
    ("config-spm.yaml", "file"),
    ("Worker.java", "file"),
    ("ABC-1234", "ticket"),
    ("#4711", "ticket"),
    ("0x80070005", "error_code"),
    ("TS2304", "error_code"),
    ("db01.internal.example.com", "host"),
    ("localhost:9090", "host"),
    ("auth_oauth2.scope_prefix", "config_key"),
    ("max_connections", "config_key"),
    ("prefetchCount", "config_key"),
    ("std::vector", "config_key"),
    ("spec.template.metadata", "config_key"),
    ("web-7bf84f9696-wf8hw", "resource"),
    ("eu-central-1", "resource"),
]


@pytest.mark.parametrize(("text", "kind"), IDENTIFIERS)
def test_every_kind_is_found_inside_a_sentence(text: str, kind: str) -> None:
    for sentence in (text, f"See {text}.", f"(set `{text}`, then go on)", f'"{text}"'):
        found = [one for one in extract_identifiers(sentence) if one.text == text]
        assert [one.kind for one in found] == [kind], sentence
        assert not found[0].weak
        assert sentence[found[0].start : found[0].end] == text


PROSE = [
    "The quick brown fox and/or its client/server friends paid 3.5 million, i.e. 12.50 per head, on 2024-11-14.",
    "At 11:28:03 the read/write ratio was 10/100, e.g. about 1,000 requests in 5 minutes (half of them cached).",
    "Dogs bark.Cats meow; state-of-the-art TCP/IP and CI/CD. Nothing else, is it? 50% of 40mg/day!",
    "Ein Satz ohne Besonderheiten: Größe, Straße/Weg und überall. C'est l'été, n'est-ce pas ?",
]


@pytest.mark.parametrize("prose", PROSE)
def test_prose_holds_no_identifier(prose: str) -> None:
    assert [one.text for one in extract_identifiers(prose) if not one.weak] == []


def test_shapes_that_prose_shares_are_weak() -> None:
    for text in ("RabbitMQ", "third-party", "single-oauth2", "SHA-256", "IL-17", "k8s"):
        (found,) = extract_identifiers(text)
        assert found.weak, text


def test_forms_are_exact_and_case_folded_with_the_parts_people_look_up() -> None:
    forms = identifier_forms(extract_identifiers("GET http://10.244.3.54:8090/api/Config.yaml and ../docs/Setup.md"))
    assert {"http://10.244.3.54:8090/api/Config.yaml", "10.244.3.54:8090", "10.244.3.54", "Config.yaml"} <= set(forms)
    assert {"config.yaml", "docs/Setup.md", "docs/setup.md", "Setup.md"} <= set(forms)
    assert "metrics" not in identifier_forms(extract_identifiers("http://10.244.3.54:8090/metrics"))
    assert forms == sorted(set(forms))


def test_a_reading_damaged_by_ocr_has_the_same_skeleton() -> None:
    assert skeleton("rollouts-demo-6f75f48b7") == skeleton("ro11outs_demo-6f75f4Bb7")
    assert skeleton("v1.2") is None  # too little is left to be distinctive
    forms = identifier_forms(extract_identifiers("5aae0fcec2c1l634be8c"), from_ocr=True)
    assert skeleton("5aae0fcec2c11634be8c") in forms


def test_a_truncated_host_name_is_found_by_its_first_labels() -> None:
    forms = identifier_forms(extract_identifiers("host-44feebd7.search-us-west-1.example.cloud"))
    assert {"host-44feebd7", "host-44feebd7.search-us-west-1"} <= set(forms)


@pytest.mark.parametrize(
    "text",
    [
        "A" * 1_000_000,
        "Aa" * 500_000,
        ":" * 500 + "g " + "a:" * 400_000,
        ("FooBAR" * 80 + "- ") * 2000,
        "a.b-c_d/" * 100_000,
        "http://" * 100_000,
        '"' * 100_000,
    ],
    ids=["one letter", "camel", "colons", "camel with dash", "punctuation", "urls", "quotes"],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    start = time.process_time()
    extract_identifiers(text)
    assert time.process_time() - start < 5
