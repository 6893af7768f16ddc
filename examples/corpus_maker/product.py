"""Facts about Tidegate that several documents repeat: ports, limits, error codes, versions. One truth for all."""

from __future__ import annotations

Rows = list[list[str]]

PORTS: Rows = [
    ["Port", "Protocol", "Component", "Direction", "Purpose"],
    ["443", "TCP, UDP", "sluice", "inbound", "HTTPS and HTTP/3 traffic of clients"],
    ["80", "TCP", "sluice", "inbound", "redirect to HTTPS"],
    ["7443", "TCP", "lockmaster", "inbound", "control API and web console"],
    ["7500", "TCP", "lockmaster", "between nodes", "raft of the control plane"],
    ["7610", "TCP", "ledger", "between nodes", "replication of the config store"],
    ["4317", "TCP", "tidemark", "inbound", "OTLP over gRPC"],
    ["9464", "TCP", "sluice", "inbound", "metrics for scraping"],
    ["8600", "UDP", "buoy", "between nodes", "exchange of probe results"],
]

LIMITS: Rows = [
    ["Limit", "Small", "Medium", "Large"],
    ["Concurrent connections per node", "4,000", "12,000", "24,000"],
    ["New TLS handshakes per second", "900", "2,600", "5,200"],
    ["Routes per listener", "500", "2,000", "5,000"],
    ["Members per pool", "64", "256", "512"],
    ["Certificates", "200", "1,000", "4,000"],
    ["Request header size (KiB)", "32", "64", "64"],
    ["Memory of sluice (GiB)", "4", "12", "24"],
]

TIMEOUTS: Rows = [
    ["Setting", "Default", "Range", "Meaning"],
    ["listener.idle_timeout_ms", "60000", "1000 to 900000", "closes a client connection without requests"],
    ["route.request_timeout_ms", "15000", "100 to 300000", "answers 504 with TG-5041 afterwards"],
    ["pool.connect_timeout_ms", "1000", "50 to 10000", "one attempt to reach a member"],
    ["pool.drain_timeout_ms", "30000", "0 to 600000", "time for open requests while draining"],
    ["health.interval_ms", "5000", "500 to 60000", "pause between two probes"],
    ["health.probe_timeout_ms", "2000", "50 to 10000", "probe counts as failed afterwards"],
    ["tls.session_ticket_ttl_s", "3600", "0 to 86400", "resumption without a new key exchange"],
]

ERRORS: Rows = [
    ["Code", "HTTP", "Raised by", "Meaning", "What to do"],
    ["TG-4031", "403", "sluice", "client certificate not in the allowed set", "check tls.client_ca"],
    ["TG-4107", "-", "buoy", "pool member evicted", "look at the member's own log"],
    ["TG-4290", "429", "ballast", "token bucket empty", "raise burst or slow the client down"],
    ["TG-4291", "429", "ballast", "quota shard unreachable, strict mode", "restore port 8600 between nodes"],
    ["TG-4312", "431", "sluice", "request headers too large", "see limits, request header size"],
    ["TG-5021", "502", "sluice", "member closed the connection early", "raise the member's keep-alive"],
    ["TG-5031", "503", "sluice", "no healthy member in the pool", "see health checks"],
    ["TG-5041", "504", "sluice", "request timeout", "raise route.request_timeout_ms"],
    ["TG-5607", "-", "lockmaster", "ledger quorum lost", "restore two of three replicas"],
    ["TG-5613", "-", "lockmaster", "configuration revision rejected", "run tgctl config verify"],
    ["TG-7004", "-", "tidemark", "spool full, oldest batches dropped", "enlarge spool.max_bytes"],
]

SUPPORT: Rows = [
    ["Version", "Released", "End of support", "Upgrade from"],
    ["4.7", "2026-05-12", "2027-11-30", "4.6, 4.5"],
    ["4.6", "2025-11-04", "2027-05-31", "4.5, 4.4"],
    ["4.5", "2025-04-22", "2026-10-31", "4.4"],
    ["4.4", "2024-10-08", "2026-04-30", "4.3"],
]

POLICIES: Rows = [
    ["Policy", "Chooses", "Use it for"],
    ["round_robin", "the next member in turn", "members of equal size"],
    ["least_requests", "the member with the fewest open requests", "requests of uneven length"],
    ["consistent_hash", "by hash of a header or cookie", "caches and sticky sessions"],
    ["random_two", "the better of two random members", "very large pools"],
]

REASONS: Rows = [
    ["Reason", "Comes with", "Meaning"],
    ["ERR_UPSTREAM_PINNED", "TG-5031", "the session is pinned to a member that was evicted"],
    ["ERR_UPSTREAM_RESET", "TG-5021", "the member sent RST before the headers"],
    ["ERR_TLS_SNI_UNKNOWN", "TG-4031", "no certificate for the name that the client asked for"],
    ["ERR_ROUTE_LOOP", "TG-5613", "two routes forward to each other"],
]
