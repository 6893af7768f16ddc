"""The Markdown pages of the Tidegate documentation and the images that they link to."""

from __future__ import annotations

from examples.corpus_maker import charts, diagrams, product
from examples.corpus_maker.drawing import render_png
from examples.corpus_maker.markup import markdown_table

INDEX = """# Tidegate

Tidegate is an edge gateway. It takes in traffic from the internet, ends TLS, chooses a backend and
reports what it did. Five programs make up an installation.

- **sluice** is the proxy. Every request passes through it.
- **lockmaster** is the control plane. It checks configuration and hands it to the proxies.
- **ledger** stores configuration and certificates in three replicas.
- **buoy** probes pool members.
- **tidemark** collects metrics and traces.

![How clients, load balancers, proxies and the control plane are connected](images/architecture.png)

## Where to start

Read [Install](install.md), then [Load balancing](load-balancing.md). When something is wrong, start with
[the runbook](../runbooks/incident-runbook.docx) or the list of [error codes](../html/error-codes.html).
"""

INSTALL = """# Install

## Requirements

A node needs a 64-bit Linux kernel of version 5.15 or later, 4 GiB of memory and a clock that is kept in step
by NTP. Control plane nodes must be an odd number; three is usual.

## First node

```sh
curl -fsSLO https://downloads.tidegate.example/4.7.2/tidegate-4.7.2-linux-amd64.tar.gz
sha256sum -c tidegate-4.7.2-linux-amd64.tar.gz.sha256
sudo ./install.sh --role lockmaster --bootstrap --cluster-name edge-eu-1
```

The installer writes `/etc/tidegate/lockmaster.toml` and creates the system user `tidegate`. The bootstrap
token is printed once. Keep it: every further node needs it in `TIDEGATE_JOIN_TOKEN`.

## Further nodes

```sh
export TIDEGATE_JOIN_TOKEN=tgj_2f9d61c07b
export TIDEGATE_LOCKMASTER_URL=https://lockmaster-1.edge.example:7443
sudo -E ./install.sh --role sluice
```

A node that cannot reach port 7443 within 90 seconds gives up with exit status 17.

## Check

`tgctl node list` must show every node as `ready`. A node in state `quarantined` has a clock that differs by
more than 500 ms from the leader's.
"""

LOAD_BALANCING = """# Load balancing

A **listener** accepts connections on an address and a port. **Host rules** look at the host name and the path
and send a request to a **pool**. A pool has **members** and a policy that chooses between them.

## The configuration as a picture

![Load balancer configuration from listener to pool members](images/load-balancer-configuration.png)

The listener `edge-https` serves two host names. Requests for the checkout go to a pool of their own. One in
ten requests for the API goes to the canary pool, the others stay on the catalog pool.

## Policies

{policies}

## Weights and slow start

A member with weight 3 gets three times the requests of a member with weight 1. After a member comes back,
`pool.slow_start_ms` (default 20000) lets its share grow step by step, so that cold caches do no harm.

```toml
[[pool]]
name = "checkout"
policy = "least_requests"
slow_start_ms = 20000

[[pool.member]]
address = "10.4.1.11:8080"
weight = 3
```

## Draining

`tgctl member drain checkout 10.4.1.12:8080` stops new requests at once and waits for open ones up to
`pool.drain_timeout_ms`.
"""

HEALTH_CHECKS = """# Health checks

buoy asks every member of every pool whether it is well. A member that fails `health.fall_threshold` probes in
a row is evicted, and event TG-4107 is written. It comes back after `health.rise_threshold` good answers.

![Flowchart of the decision after each probe](images/health-check-flow.png)

## Kinds of probe

| Kind | Succeeds when | Cost |
| --- | --- | --- |
| http | status is 200 to 299 and the body contains `expect_body` | one request |
| grpc | `grpc.health.v1.Health/Check` answers SERVING | one call |
| tcp | the connection opens | one handshake |
| script | the program exits with 0 within `probe_timeout_ms` | a process |

## Panic threshold

When fewer than `health.panic_percent` (default 40) of a pool's members are healthy, buoy assumes that the
probe itself is wrong and sluice spreads requests over all members again. The state is called *panic* and is
drawn in red on the dashboard.
"""

TELEMETRY = """# Telemetry

Every node runs a tidemark agent. It gathers counters and spans in batches of 512 and sends them to a relay,
which drops duplicates and samples traces.

![Way of the measurements from the proxy to the stores](images/telemetry-pipeline.png)

## When the relay is away

The agent writes to a spool on disk. It holds `spool.max_bytes` (default 2 GiB), which is about six hours.
After that the oldest batches are dropped with TG-7004.

## Memory of the relay

![Memory of the relay against spans per second](images/relay-memory.png)

Above 380,000 spans per second the relay passes its `memory_limit` of 4 GiB and refuses batches. Add a second
relay before that.

## Sampling

`tracing.sample_rate` is a number from 0 to 1. Traces with an error are always kept. The header
`x-tidegate-trace: force` keeps a single one.
"""

CONFIGURATION = """# Configuration reference

Settings live in ledger. `tgctl config edit` opens them in an editor, `tgctl config verify` checks them, and
`tgctl config apply` makes a new revision. A revision that does not pass is refused with TG-5613.

## Timeouts

{timeouts}

## Environment variables

| Variable | Read by | Meaning |
| --- | --- | --- |
| TIDEGATE_LOCKMASTER_URL | all | where the control plane is |
| TIDEGATE_JOIN_TOKEN | installer | lets a node into the cluster |
| TIDEGATE_LOG_FORMAT | all | `json` or `logfmt` |
| TIDEGATE_SPOOL_DIR | tidemark | folder of the spool, default `/var/lib/tidegate/spool` |
| SLUICE_WORKER_THREADS | sluice | default: number of cores |

## The settings form

The web console shows the same settings as a form.

![Form with the settings of a listener](../screenshots/listener-settings.png)
"""

CLI = """# tgctl

`tgctl` talks to the control API on port 7443. It reads `~/.config/tgctl/contexts.toml`.

| Command | What it does |
| --- | --- |
| `tgctl node list` | nodes with role, version and state |
| `tgctl member drain POOL ADDRESS` | takes a member out of a pool gently |
| `tgctl route canary ROUTE --percent N` | sends N per cent of a route to its canary pool |
| `tgctl config verify FILE` | checks a configuration without applying it |
| `tgctl config rollback --to REVISION` | goes back to an earlier revision |
| `tgctl cert rotate NAME` | asks for a new certificate now |
| `tgctl support bundle --redact` | collects logs and configuration without secrets |

## Exit status

0 means done, 2 wrong usage, 17 control plane not reachable, 23 refused by a policy.

## Example

`tgctl --context edge-eu-1 --output json node list | jq '.[] | select(.state != "ready")'`
"""

UPGRADE = """# Upgrade

Upgrade the control plane first, one node after the other, then the proxies in batches. Two versions may run
side by side for 14 days.

## Time line

![Rolling upgrade of six proxies in three batches](images/rolling-upgrade.png)

A batch drains for four minutes, swaps the binary and soaks for five minutes before the next one starts. With
the default of two nodes a batch, six nodes take 36 minutes.

## Supported versions

{support}

## Going back

`sudo tidegate-upgrade --rollback` restores the binary and the configuration revision that were active before.
It is refused after `tidegate-upgrade --finalize`, because the format of ledger has then changed to 9.
"""

FAQ = """# Questions that come up often

## Why do I see 503 with TG-5031 right after a deployment?

All members left the pool at once. Set `pool.drain_timeout_ms` and deploy in two groups.

## Why is HTTP/3 not used?

Clients learn of it from the `alt-svc` header. Port 443 must be open for UDP as well as for TCP.

## Can I keep the private keys in an HSM?

Yes. Set `tls.key_provider = "pkcs11"` and `tls.pkcs11_uri`. Throughput of new handshakes then depends on the
HSM; we have seen 1,100 a second with a network HSM.

## How do I find one request again?

Every answer carries `x-tidegate-request-id`. Look for it in the traces, or run
`tgctl trace find 6f1d3c52-8a0e-4f47-9d2b-c1e5a7b90344`.
"""


def markdown_pages() -> dict[str, bytes]:
    """Path inside the corpus -> bytes."""
    pages = {
        "index": INDEX,
        "install": INSTALL,
        "load-balancing": LOAD_BALANCING.format(policies=markdown_table(product.POLICIES)),
        "health-checks": HEALTH_CHECKS,
        "telemetry": TELEMETRY,
        "configuration": CONFIGURATION.format(timeouts=markdown_table(product.TIMEOUTS)),
        "tgctl": CLI,
        "upgrade": UPGRADE.format(support=markdown_table(product.SUPPORT)),
        "faq": FAQ,
    }
    images = {
        "architecture": diagrams.architecture(),
        "load-balancer-configuration": diagrams.load_balancer_configuration(),
        "health-check-flow": diagrams.health_check_flow(),
        "telemetry-pipeline": diagrams.telemetry_pipeline(),
        "relay-memory": charts.memory_chart(),
        "rolling-upgrade": diagrams.rolling_upgrade(),
    }
    return {f"guide/{name}.md": text.encode() for name, text in pages.items()} | {
        f"guide/images/{name}.png": render_png(drawing) for name, drawing in images.items()
    }
