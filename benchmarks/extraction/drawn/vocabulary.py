"""The words that `words` makes technical prose of."""

from __future__ import annotations

SUBJECTS = (
    "relay", "broker", "scheduler", "cooling loop", "pressure valve", "ledger", "index", "sampling unit", "gateway",
    "turbine", "archive", "controller", "storage tier", "catalyst", "sensor array", "load balancer", "feed pump",
    "review board", "survey team", "calibration bench", "transfer station", "field office", "heat exchanger",
    "replica", "compiler", "spectrometer", "reservoir", "buffer pool", "maintenance crew", "drying chamber",
    "fermenter", "ticket queue", "regional authority", "harvest crew", "signal tower",
)  # fmt: skip
ADJECTIVES = (
    "steady", "remote", "low-power", "second", "redundant", "idle", "primary", "well-tested", "seasonal", "local",
    "upstream", "cross-border", "narrow", "long-running", "municipal", "thermal", "hydraulic", "open", "annual",
    "temporary", "high-pressure", "coarse", "quarterly", "unlabelled", "shared",
)  # fmt: skip
VERBS = (
    "keeps", "measures", "returns", "rejects", "compares", "delivers", "rewrites", "records", "delays", "releases",
    "collects", "replaces", "inspects", "confirms", "reduces", "exports", "balances", "separates", "monitors",
    "absorbs", "estimates", "stores", "overrides", "reports",
)  # fmt: skip
OBJECTS = (
    "every session", "the incoming flow", "a list of open orders", "the surplus heat", "its own checksum",
    "the daily samples", "most of the traffic", "unpaid invoices", "the outer casing", "a signed receipt",
    "the first batch", "spare capacity", "all pending requests", "the moisture content", "the water level",
    "three independent readings", "the previous estimate", "the oldest segment", "any change of temperature",
    "the remaining budget", "a copy of each record", "small particles",
)  # fmt: skip
TAILS = (
    "until the lease ends", "before the next inspection", "without further notice", "when demand is low",
    "after a cold start", "as described in the appendix", "under normal load", "for at least one season",
    "within the agreed limits", "if the operator does not object", "during the night shift",
    "in most of the cases studied", "at the lower threshold", "because the supply is uneven",
    "while the link is down", "on behalf of the members", "near the coast", "per unit of area",
)  # fmt: skip
JOINTS = (
    "However,", "In contrast,", "As a result,", "Since then,", "In practice,", "For this reason,", "Here",
    "Moreover,", "By then",
)  # fmt: skip
NOUNS = (
    "throughput", "latency", "yield", "pressure", "temperature", "revenue", "rainfall", "capacity", "turnover",
    "density", "humidity", "error rate", "output", "voltage", "duration", "flow rate", "inventory", "emissions",
    "staff", "weight", "coverage", "accuracy", "overhead", "depth", "speed",
)  # fmt: skip
PLACES = (
    "Alder", "Birkdale", "Corven", "Dunmore", "Estrel", "Fairholt", "Galway", "Hexham", "Inverly", "Jarrow",
    "Kestrel", "Lomond", "Marston", "Norwell", "Oakley", "Penrith", "Quarry Bay", "Rosedale", "Selby", "Thornton",
    "Upwell", "Vexford", "Wexley", "Yarrow", "Ashby", "Brinley", "Cobham", "Drayton",
)  # fmt: skip
FAMILIES = (
    "Adams", "Baptiste", "Castellan", "Drummond", "Eriksen", "Fenwick", "Grabowski", "Hollis", "Ibarra", "Jansen",
    "Kowalczyk", "Lindqvist",
)  # fmt: skip
GIVEN = (
    "Ada", "Boris", "Clara", "Daniel", "Edith", "Felix", "Greta", "Hugo", "Irene", "Jonas", "Karin", "Leo", "Mona",
    "Nils", "Olga", "Petra",
)  # fmt: skip
UNITS = (
    "kg", "ms", "kPa", "MB", "kW", "m", "%", "EUR", "l/min", "rpm", "days", "°C",
)  # fmt: skip
MONTHS = (
    "Jan", "March", "May", "June", "Sept", "Oct",
)  # fmt: skip
STATES = (
    "yes", "no", "open", "closed", "passed", "failed", "pending", "optional", "required", "none", "read-only",
    "deprecated",
)  # fmt: skip
