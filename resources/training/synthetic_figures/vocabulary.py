"""The words that stand on synthetic figures and in their captions: technical documentation of many products."""

METRICS = (
    "CPU usage", "memory usage", "request latency", "requests per second", "error rate", "disk throughput",
    "network traffic", "queue depth", "cache hit ratio", "p99 latency", "garbage collection time",
    "active connections", "training loss", "validation accuracy", "queries per second", "free disk space",
    "pod restarts", "failed logins", "replication lag", "heap size", "bandwidth", "response time", "open sessions",
    "build duration", "test coverage", "index size", "ingestion rate", "GPU utilisation", "temperature",
    "battery voltage", "revenue", "monthly users", "cost per hour", "compaction time", "retries", "recall",
    "throughput", "packet loss", "power draw", "deployments per week",
)  # fmt: skip
SUBJECTS = (
    "node", "pod", "service", "region", "cluster", "database", "endpoint", "customer", "version", "browser", "team",
    "shard", "broker", "namespace", "queue", "tenant", "language", "model", "dataset", "release", "month", "weekday",
    "zone", "device", "worker",
)  # fmt: skip
COMPONENTS = (
    "load balancer", "web server", "API gateway", "database", "message queue", "cache", "firewall", "client", "user",
    "mobile app", "Kubernetes cluster", "ingress controller", "service mesh", "sidecar proxy", "object storage",
    "worker", "scheduler", "controller", "metrics server", "log collector", "event bus", "stream processor",
    "auth service", "identity provider", "CDN", "DNS server", "router", "switch", "VPN gateway", "agent", "exporter",
    "Git repository", "CI pipeline", "container registry", "data lake", "data warehouse", "ETL job",
    "notification service", "payment service", "order service", "replica", "primary", "webhook", "operator",
    "control plane", "data plane", "vector index", "embedding model", "secret store", "broker", "consumer",
    "producer", "search engine", "sensor", "edge device", "backup store", "key vault", "query engine",
)  # fmt: skip
ACTIONS = (
    "receive request", "validate input", "check cache", "authenticate user", "build image", "run tests",
    "deploy to staging", "approve release", "roll back", "send alert", "write to log", "parse configuration",
    "retry", "load model", "index document", "commit transaction", "scale out", "notify on-call", "create ticket",
    "merge branch", "publish event", "fetch data", "compute checksum", "encrypt payload", "refresh token",
    "start container", "drain node", "take snapshot", "restore backup", "close connection", "acknowledge message",
)  # fmt: skip
SCREENS = (
    "settings", "user profile", "sign in", "project list", "create cluster", "add data source", "alert rule",
    "billing", "permissions", "search results", "deployment details", "new application", "notifications",
    "repository", "pipeline run", "workspace", "API keys", "connection", "query editor", "audit log", "integrations",
    "members", "secrets", "backups", "environment variables",
)  # fmt: skip
COMMANDS = (
    "kubectl get pods", "docker ps", "terraform apply", "helm install", "git log", "journalctl -u nginx", "top",
    "curl -v http://localhost", "npm install", "pip install", "systemctl status", "ls -la", "ping 10.0.0.1",
    "make test", "ssh admin@host", "df -h", "cargo build", "psql -c 'select 1'", "tail -f app.log",
)  # fmt: skip
THINGS = (
    "server rack", "circuit board", "sensor", "cable", "office", "laptop on a desk", "data centre", "device",
    "team of people", "building", "machine", "landscape", "speaker at a conference", "product", "connector",
)  # fmt: skip
PLACES = (
    "customers", "data centres", "regions", "edge nodes", "offices", "network traffic", "visitors", "availability zones"
)  # fmt: skip
BRANDS = (
    "Acme", "Nimbus", "Harbor", "Quanta", "Lattice", "Orbit", "Pylon", "Vertex", "Strata", "Comet", "Fable", "Relay",
    "Anchor", "Prism", "Tundra", "Copper",
)  # fmt: skip
FORMULAS = (
    (r"\nabla \cdot E = \frac{\rho}{\epsilon_0}", "Gauss's law"),
    (r"\mathcal{L}=-\frac{1}{N}\sum_i y_i \log p_i", "cross entropy loss"),
    (r"x=\frac{-b\pm\sqrt{b^2-4ac}}{2a}", "quadratic formula"),
    (r"\int_0^\infty e^{-x^2}dx=\frac{\sqrt{\pi}}{2}", "Gaussian integral"),
    (r"softmax\left(\frac{QK^T}{\sqrt{d_k}}\right)V", "attention"),
    (r"P(A|B)=\frac{P(B|A)P(A)}{P(B)}", "Bayes' theorem"),
    (r"\sigma(x)=\frac{1}{1+e^{-x}}", "sigmoid function"),
    (r"\hat{\beta}=(X^TX)^{-1}X^Ty", "least squares"),
    (r"F(\omega)=\int f(t)e^{-i\omega t}dt", "Fourier transform"),
    (r"\theta_{t+1}=\theta_t-\eta\nabla L(\theta_t)", "gradient descent"),
    (r"H(X)=-\sum_x p(x)\log_2 p(x)", "entropy"),
    (r"\rho=\frac{\lambda}{c\mu}", "utilisation of a queue"),
    (r"R@k=\frac{|rel\cap top_k|}{|rel|}", "recall at k"),
    (r"\frac{\partial u}{\partial t}=\alpha\frac{\partial^2u}{\partial x^2}", "heat equation"),
)
