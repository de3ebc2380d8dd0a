"""Mistakes planted into the corpus, each with the rule that is to find it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Planted:
    """`old` stands in `file` and becomes `new`; the finding marks `marked` and names `nearest`."""

    file: str
    old: str
    new: str
    rule: str
    marked: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        return f"{self.file.partition('.')[0]}-{self.rule}-{self.new[:30]}"


PLANTED = (
    Planted(
        "kubernetes.rules.yaml",
        "changes(kube_deployment_status_replicas_updated{",
        "changes(kube_deployment_status_replica_updated{",
        "unknown-metric",
        "kube_deployment_status_replica_updated",
        "kube_deployment_status_replicas_updated",
    ),
    Planted(
        "kubernetes.rules.yaml",
        "* on (cluster, namespace, pod) group_left (node) node_namespace_pod:kube_pod_info:unique",
        "* on (cluster, namespace, pod) group_left (node) node_namespace_pod:kube_pod_info:uniq",
        "unrecorded-name",
        "node_namespace_pod:kube_pod_info:uniq",
        "node_namespace_pod:kube_pod_info:unique",
    ),
    Planted(
        "kubernetes.rules.yaml",
        'kube_node_status_condition{condition="Ready", status="true"} == 0',
        'kube_node_status_condition{condition="Ready", state="true"} == 0',
        "unknown-label",
        "state",
        "status",
    ),
    Planted(
        "kubernetes.rules.yaml",
        "sum(code_resource:apiserver_requests:rate5m) by (resource) > 0.05",
        "sum(code_resource:apiserver_requests:rate5m) by (verb) > 0.05",
        "lost-label",
        "verb",
    ),
    Planted(
        "kubernetes.rules.yaml",
        "sum by (le, verb, cluster) (",
        "sum by (verb, cluster) (",
        "lost-le",
    ),
    Planted(
        "kubernetes.rules.yaml",
        "increase(container_cpu_cfs_periods_total[5m])",
        "container_cpu_cfs_periods_total",
        "raw-counter",
    ),
    Planted(
        "kubernetes.rules.yaml",
        'description: "Container {{ $labels.container }} of',
        'description: "Container {{ $labels.containr }} of',
        "template-lost-label",
        nearest="container",
    ),
    Planted(
        "kubernetes.rules.yaml",
        'summary: "{{ $labels.resource }}"',
        'summary: "{{ $labels.resource }} {{ $labels.code }}"',
        "template-lost-label",
    ),
    Planted(
        "kubernetes.rules.yaml",
        "and predict_linear(kubelet_volume_stats_available_bytes{",
        "and predict_linear(container_network_receive_bytes_total{",
        "delta-of-counter",
    ),
    Planted(
        "kubernetes.rules.yaml",
        'sum by (cluster, node) (changes(kube_node_status_condition{condition="Ready", status="true"}[15m])) > 2',
        'sum by (cluster, node (changes(kube_node_status_condition{condition="Ready", status="true"}[15m])) > 2',
        "syntax",
    ),
    Planted(
        "node.rules.yaml",
        'rate(node_vmstat_pgmajfault{job="node"}[5m])',
        'rate(node_load1{job="node"}[5m])',
        "rate-of-gauge",
    ),
    Planted(
        "node.rules.yaml",
        'rate(node_network_receive_packets_total{job="node"}[2m])',
        'rate(node_network_receive_packets_total{job="node"}[30s])',
        "short-window",
    ),
    Planted(
        "node.rules.yaml",
        "- ignoring (state) node_md_disks{",
        "- node_md_disks{",
        "impossible-join",
    ),
    Planted(
        "node.rules.yaml",
        "count without (cpu, mode) (node_cpu_seconds_total{mode=",
        "sum without (cpu, mode) (node_cpu_seconds_total{mode=",
        "raw-counter",
    ),
    Planted(
        "node.rules.yaml",
        "{{ $labels.chip_name }} {{ $labels.sensor }}",
        "{{ $labels.chip_label }} {{ $labels.sensor }}",
        "template-lost-label",
        nearest="chip_name",
    ),
    Planted(
        "node.rules.yaml",
        "expr: changes(node_network_up{",
        "expr: change(node_network_up{",
        "syntax",
    ),
    Planted(
        "node.rules.yaml",
        "rate(node_disk_io_time_weighted_seconds_total[5m]) > 10",
        "rate(rate(node_disk_io_time_weighted_seconds_total[5m])[10m:1m]) > 10",
        "rate-of-rate",
    ),
    Planted(
        "redis.rules.yaml",
        "sum(rate(redis_keyspace_hits_total[5m])) by (instance)\n            / (",
        "sum(rate(redis_keyspace_hit_total[5m])) by (instance)\n            / (",
        "unknown-metric",
        "redis_keyspace_hit_total",
        "redis_keyspace_hits_total",
    ),
    Planted(
        "redis.rules.yaml",
        "sum by (cmd, instance) (rate(redis_commands_total[5m]))",
        "sum by (command, instance) (rate(redis_commands_total[5m]))",
        "lost-label",
        "command",
    ),
    Planted(
        "redis.rules.yaml",
        "increase(redis_rejected_connections_total[5m]) > 0",
        "delta(redis_rejected_connections_total[5m]) > 0",
        "delta-of-counter",
    ),
    Planted(
        "redis.rules.yaml",
        "increase(redis_rejected_connections_total[5m]) > 0",
        "increase(redis_rejected_connections_total[5m]) < 0",
        "never-fires",
    ),
    Planted(
        "redis.rules.yaml",
        "increase(redis_rejected_connections_total[5m]) > 0",
        "increase(redis_rejected_connections_total[5m]) >= 0",
        "always-fires",
    ),
    Planted(
        "postgres.rules.yaml",
        "> on (instance, server) (pg_settings_max_connections * 0.8)",
        "> on (instance, srv) (pg_settings_max_connections * 0.8)",
        "lost-label",
        "srv",
        "server",
    ),
    Planted(
        "postgres.rules.yaml",
        "max by (datname, instance) (pg_stat_activity_max_tx_duration{",
        "max by (instance) (pg_stat_activity_max_tx_duration{",
        "template-lost-label",
    ),
    Planted(
        "postgres.rules.yaml",
        "delta(pg_database_size_bytes[1d])",
        "increase(pg_database_size_bytes[1d])",
        "rate-of-gauge",
    ),
    Planted(
        "rabbitmq.rules.yaml",
        "channels_closed_total[5m]) * on (instance) group_left (rabbitmq_cluster)",
        "channels_closed_total[5m]) * on (instance) group_left (cluster_name)",
        "lost-label",
    ),
    Planted(
        "rabbitmq.rules.yaml",
        "quantile_over_time(0.9, rabbitmq_queue_messages_ready[30m])",
        "quantile_over_time(90, rabbitmq_queue_messages_ready[30m])",
        "quantile-range",
    ),
    Planted(
        "objectives.rules.yaml",
        "slo:sli_error:ratio_rate30m{slo_id=",
        "slo:sli_error:ratio_rate30min{slo_id=",
        "unrecorded-name",
        "slo:sli_error:ratio_rate30min",
        "slo:sli_error:ratio_rate30m",
    ),
    Planted(
        "objectives.rules.yaml",
        'slo:period_error_budget_remaining:ratio{slo_id="web-availability"} <= 0',
        'slo:period_error_budget_remaining:ratio{slo_name="web-availability"} <= 0',
        "unknown-label",
        "slo_name",
    ),
    Planted(
        "objectives.rules.yaml",
        'sum by (handler) (rate(web_request_duration_seconds_bucket{le="0.5"}[5m]))',
        'sum by (handler) (rate(web_request_duration_seconds_bucket{le="0.3"}[5m]))',
        "no-bucket-bound",
        nearest="0.25",
    ),
    Planted(
        "objectives.rules.yaml",
        'slo:current_burn_rate:ratio\n        expr: |\n          slo:sli_error:ratio_rate5m{slo_id="web-availability"',
        'slo:current_burn_rate:ratio\n        expr: |\n          slo:sli_error:ratio_rate5m{slo_id="web-latency"',
        "impossible-value",
    ),
    Planted(
        "objectives.rules.yaml",
        "/ on (slo_id, slo_service) group_left\n          slo:error_budget:ratio",
        "/ on (slo_id, handler) group_left\n          slo:error_budget:ratio",
        "lost-label",
        "handler",
    ),
    Planted(
        "objectives.rules.yaml",
        "histogram_quantile(0.99, handler_le:web_request_duration_seconds_bucket:rate5m)",
        "histogram_quantile(0.99, handler:web_fast:ratio_rate5m)",
        "no-buckets",
    ),
    Planted(
        "objectives.rules.yaml",
        "rate(web_response_bytes_sum[5m]) / rate(web_response_bytes_count[5m])",
        "avg by (handler) (web_response_bytes)",
        "aggregated-quantile",
    ),
    Planted(
        "machines.json",
        "1 - avg by ($group) (rate(node_cpu_seconds_total{",
        "1 - avg by ($grp) (rate(node_cpu_seconds_total{",
        "unknown-variable",
        "$grp",
        "group",
    ),
    Planted(
        "machines.json",
        "sum by (mode) (rate(node_cpu_seconds_total{",
        "sum by (mode) (rate(node_cpu_second_total{",
        "unknown-metric",
        "node_cpu_second_total",
        "node_cpu_seconds_total",
    ),
    Planted(
        "machines.json",
        "${prefix}_memory_Cached_bytes{",
        "${prefix}_memory_Cache_bytes{",
        "unknown-metric",
        "${prefix}_memory_Cache_bytes",
        "node_memory_Cached_bytes",
    ),
    Planted("machines.json", '"{{nodename}} {{release}}"', '"{{nodename}} {{kernel}}"', "template-lost-label"),
    Planted(
        "machines.json",
        "label_values(node_uname_info, job)",
        "label_values(node_uname_info, jobs)",
        "lost-label",
        "jobs",
        "job",
    ),
    Planted("machines.json", '"repeat": "instance"', '"repeat": "instances"', "unknown-variable", nearest="instance"),
    Planted(
        "machines.json",
        'irate(node_network_receive_bytes_total{instance=~\\"$instance\\", device!~',
        'irate(node_network_receive_bytes_total{instance=~\\"$instance\\", dev!~',
        "unknown-label",
        "dev",
        "device",
    ),
    Planted(
        "stores.json",
        'sum(rate(redis_commands_processed_total{instance=~\\"$instance\\"}[$interval])) by (instance)',
        'rate(sum(redis_commands_processed_total{instance=~\\"$instance\\"})[5m:$interval])',
        "rate-after-sum",
    ),
    Planted(
        "stores.json",
        'server=~\\"$server\\", datname=~\\"$db\\"',
        'srv=~\\"$server\\", datname=~\\"$db\\"',
        "unknown-label",
    ),
    Planted("stores.json", "redis_up, instance", "redis_upp, instance", "unknown-metric", "redis_upp", "redis_up"),
    Planted(
        "stores.json", "[$__interval])) / ignoring", "[$__intervall])) / ignoring", "unknown-variable", "$__intervall"
    ),
    Planted(
        "web.json",
        "histogram_quantile($quantile, sum by (le) (",
        "histogram_quantile($quantile, sum by (handler) (",
        "lost-le",
    ),
    Planted(
        "web.json",
        'sum(rate(web_request_duration_seconds_bucket{le=\\"$bound\\"}[5m]))',
        "sum(rate(web_request_duration_seconds_bucket[5m]))",
        "lost-le",
    ),
    Planted("web.json", "{{slo_id}} of {{slo_service}}", "{{slo_id}} of {{slo_team}}", "template-lost-label"),
    Planted(
        "web.json",
        "* on (instance) group_left (rabbitmq_cluster) rabbit",
        "* on (instance) group_left (rabbitmq_host) rabbit",
        "lost-label",
        "rabbitmq_host",
    ),
    Planted("web.json", "offset $shift)", "offset $shifts)", "unknown-variable", "$shifts", "shift"),
    Planted(
        "web.json",
        "changes(process_start_time_seconds[5m]) > 0",
        "changes(process_started_time_seconds[5m]) > 0",
        "unknown-metric",
    ),
)
