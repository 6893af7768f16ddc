"""Identifiers are found to the letter, and ordinary writing is left alone."""

from __future__ import annotations

import time

import pytest

from codices.resources.identifiers.identifiers import extract_identifiers, identifier_forms, skeleton

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
    ("http://[2001:db8::1]:8080/", "url"),
    ("o'brien@example.com", "email"),
    ("root@localhost", "email"),
    ("::1", "ip"),
    ("::ffff:192.0.2.128", "ip"),
    ("10.0.0.1-10.0.0.50", "ip"),
    ("001a.2b3c.4d5e", "ip"),
    ("2024.02.1", "version"),
    ("1.0.0~beta1", "version"),
    ("lodash@4.17.21", "version"),
    ("-XX:+UseG1GC", "flag"),
    ("-std=c++20", "flag"),
    ("-O3", "flag"),
    ("${HOME}", "env"),
    ("%USERPROFILE%", "env"),
    ("%APPDATA%\\Code\\User", "path"),
    ("C:\\Program Files (x86)\\Acme Corp\\app.exe", "path"),
    ("JIRA_TEAM-55", "ticket"),
    ("org/repo#4521", "ticket"),
    ("ENOENT", "error_code"),
    ("SIGSEGV", "error_code"),
    ("DC01.corp.local", "host"),
    ("DB01.PROD.EXAMPLE.COM", "host"),
    ("spec.containers[0].image", "config_key"),
    ("arn:aws:iam::123456789012:role/Admin", "resource"),
    ("pvc-84ce98d1-e359-4f3b-85af-985b458de3c6", "resource"),
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
    "β-catenin-independent signals (IL-13)-IL-33, IL-1β/IL-6 and 5\u2032-ends raise the risk.12-14 In mice[3].We see.",
    "Well\u2013known facts, pages 1234\u2013\n5678, \u2013comme toujours\u2013 x[::1], 50% of it, ASP.NET, end.In May.",
    "SQL-запрос и веб-API, клиент/сервер, 14.11.2024. 客户端/API和3.5版本\uff0c于2024年发布。入力/出力のWebサービス。",
    "Set the option, export CSV files and signal the EACH or SIGNAL line; the makefile and the README say so.",
]


@pytest.mark.parametrize("prose", PROSE)
def test_prose_holds_no_identifier(prose: str) -> None:
    assert [one.text for one in extract_identifiers(prose) if not one.weak] == []


def test_shapes_that_prose_shares_are_weak() -> None:
    for text in ("RabbitMQ", "third-party", "single-oauth2", "SHA-256", "IL-17", "k8s", "Makefile", "2024.2.10"):
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


UUID = "84ce98d1-e359-4f3b-85af-985b458de3c6"


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("请检查CVE-2021-44228漏洞", "CVE-2021-44228"),
        ("エラーコード0x80070005が発生", "0x80070005"),
        ("主机10.0.0.17不可达", "10.0.0.17"),
        ("服务器db01.prod.example.com宕机", "db01.prod.example.com"),
        ("设置max_connections参数", "max_connections"),
        ("参见report-2024.pdf文件", "report-2024.pdf"),
        ("参见report-2024.pdf", "report-2024.pdf"),
        ("在/etc/nginx/nginx.conf中使用--dry-run参数", "--dry-run"),
        ("在/etc/nginx/nginx.conf中使用--dry-run参数", "/etc/nginx/nginx.conf"),
        ("Ошибка ERR_QUOTA_6в модуле", "ERR_QUOTA_6"),
        ("访问https://example.com/docs。谢谢", "https://example.com/docs"),
        ("访问https://example.com/docs参照", "https://example.com/docs"),
        ("“https://example.com/a”", "https://example.com/a"),
        ("« https://example.com/a»", "https://example.com/a"),
        ("见\uff08https://example.com/a\uff09\uff1b", "https://example.com/a"),
        ("https://例え.jp/パス", "https://例え.jp/パス"),
        ("CVE\u20112023\u20134863", "CVE-2023-4863"),
        ("CVE-2021-\u00ad44\u200b228", "CVE-2021-44228"),
        ("CVE-2021-\n  44228", "CVE-2021-44228"),
        ("CVE-\n2021-44228", "CVE-2021-44228"),
        (f"{UUID[:19]}\n{UUID[19:]}", UUID),
        ("use \u2013dry-run", "--dry-run"),
        ("use \u2013\u2013verbose", "--verbose"),
        ("U\u0308bersicht.pdf", "\u00dcbersicht.pdf"),
        ("DB01.PROD.EXAMPLE.COM", "db01.prod.example.com"),
        (f"https://example.com/o/{UUID}/edit", UUID),
        (f"/subscriptions/{UUID}/resourceGroups/rg1", UUID),
        (f"pvc-{UUID}", UUID),
        (f"key_{UUID}", UUID),
        ("https://example.com/browse/PROJ-123?page=2", "PROJ-123"),
        ("lodash@4.17.21", "4.17.21"),
        ("org/repo#4521", "#4521"),
        ("10.0.0.1-10.0.0.50", "10.0.0.50"),
        ("fe80::1%eth0", "fe80::1"),
        ("http://[2001:db8::1]:8080/", "2001:db8::1"),
        ("listens on [::1]:8080", "::1"),
        ("o\u2019brien@example.com", "o'brien@example.com"),
        ("l'adresse d'info@example.com", "info@example.com"),
        ("mail='bob@example.com'", "bob@example.com"),
        ("_PROJ-123_", "PROJ-123"),
        ("set ${HOME} to", "$HOME"),
        ("export KUBECONFIG=/tmp/x", "$KUBECONFIG"),
        ("-std=c++20", "-std"),
        ("C:\\Program Files\\Acme Corp\\app.exe", "app.exe"),
        ("wsl E:\\store\\CentOS .\\centos.tar", "E:\\store\\CentOS"),
        ("设置spec.containers[0].image字段", "spec.containers[0].image"),
        ("打开C:\\Program Files\\Acme Corp\\app.exe文件", "C:\\Program Files\\Acme Corp\\app.exe"),
        ("mailto:help@example.com", "help@example.com"),
    ],
)
def test_what_stands_around_an_identifier_does_not_hide_it(text: str, identifier: str) -> None:
    assert {identifier, identifier.casefold()} <= set(identifier_forms(extract_identifiers(text)))


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
        "a-" * 500_000,
        "a." * 500_000,
        "/" * 1_000_000,
        "- " * 500_000,
        "a[0].b" * 50_000,
        "a:\\b c\\" * 40_000,
        "o'a@a." * 30_000,
        "参a" * 100_000,
    ],
    ids=[
        "one letter",
        "camel",
        "colons",
        "camel with dash",
        "punctuation",
        "urls",
        "quotes",
        "hyphens",
        "dots",
        "slashes",
        "broken lines",
        "indexes",
        "drives",
        "apostrophes",
        "two scripts",
    ],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    start = time.process_time()
    extract_identifiers(text)
    assert time.process_time() - start < 5
