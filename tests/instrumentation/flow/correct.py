"""Correct expressions of the shapes that the well-known public sets have: nothing is to be found in any of them."""

SERVICE = (
    "sum by (carrier) (rate(parcels_total[5m]))",
    'sum(rate(desk_requests_total{code=~"5.."}[5m])) / sum(rate(desk_requests_total[5m]))',
    'sum by (hall) (rate(desk_requests_total{code="5xx"}[5m])) / sum by (hall) (rate(desk_requests_total[5m])) > 0.05',
    'sum(rate(desk_requests_total{code="5xx"}[5m])) or vector(0)',
    'sum by (hall) (rate(desk_requests_total{code="5xx"}[5m])) or on () vector(0)',
    'sum by (hall) (rate(desk_requests_total{code="5xx"}[5m])) or sum by (hall) (rate(desk_requests_total[5m])) * 0',
    '(sum(rate(desk_requests_total{code="5xx"}[5m])) or vector(0)) / sum(rate(desk_requests_total[5m])) * 100 > 5',
    "sum(rate(parcels_total[5m]) or vector(0))",
    (
        "sum by (hall, code) (rate(desk_requests_total[5m])) / on (hall) group_left () "
        "sum by (hall) (rate(desk_requests_total[5m]))"
    ),
    "topk(5, sum by (carrier) (increase(parcels_total[1h])))",
    "histogram_quantile(0.95, sum by (le) (rate(sorting_seconds_bucket[5m])))",
    "histogram_quantile(0.95, sum(rate(sorting_seconds_bucket[5m])) by (hall, le)) > 4",
    "max(histogram_quantile(0.99, sum by (le, instance) (rate(sorting_seconds_bucket[5m]))))",
    "histogram_quantile(0.5, hall:sorting_bucket:rate5m)",
    "sum by (le) (increase(sorting_seconds_bucket[$__rate_interval]))",
    "rate(sorting_seconds_sum[5m]) / rate(sorting_seconds_count[5m])",
    "1000 * sum(rate(sorting_seconds_sum[5m])) / sum(rate(sorting_seconds_count[5m]))",
    'sum(rate(sorting_seconds_bucket{le="0.5"}[5m])) / sum(rate(sorting_seconds_count[5m]))',
    (
        '(sum(rate(sorting_seconds_bucket{le="0.5"}[5m])) + sum(rate(sorting_seconds_bucket{le="1.0"}[5m]))) / 2 '
        "/ sum(rate(sorting_seconds_count[5m]))"
    ),
    'sum(rate(sorting_seconds_bucket{le="+Inf"}[5m])) - sum(rate(sorting_seconds_bucket{le="1.0"}[5m]))',
    'sum(rate(sorting_seconds_bucket{le=~"0.5|1.0"}[5m])) / 2 / sum(rate(sorting_seconds_count[5m]))',
    "max_over_time(sum(rate(parcels_total[5m]))[1d:5m])",
    "avg_over_time(belt_load_ratio[1h]) > 0.9",
    "quantile_over_time(0.99, sum(rate(parcels_total[5m]))[7d:5m])",
    "sum(rate(parcels_total[5m])) / sum(rate(parcels_total[5m] offset 1w)) < 0.5",
    "predict_linear(belt_memory_bytes[6h], 24 * 3600) < 0",
    "deriv(belt_depth[10m]) > 0 and belt_depth > 100",
    "time() - depot_start_time_seconds < 600",
    "changes(depot_start_time_seconds[1h]) > 3",
    "resets(parcels_total[1h]) > 2",
    "belt_memory_bytes / 1024 / 1024",
    "sum(belt_memory_bytes) - sum(belt_memory_bytes offset 1h)",
    "count by (role) (depot_build_info)",
    'label_replace(belt_depth, "site", "$1", "instance", "([^:]+):.*")',
    'sum by (site) (label_replace(belt_depth, "site", "$1", "instance", "([^:]+):.*"))',
    'label_replace(vector(1), "site", "north", "", "")',
    'label_join(belt_depth, "where", "/", "job", "hall")',
    'count_values by (job) ("load", belt_load_ratio)',
    "clamp_max(sum by (hall) (belt_depth), 1)",
    "scalar(sum(belt_depth)) + belt_depth",
    'belt_depth{hall=~"$hall", instance=~"${instance:regex}"}',
    "round(sum by (hall) (rate(desk_requests_total[5m])), 0.001)",
    "sort_desc(sum by (carrier) (rate(parcels_total[$__interval])))",
    "sum(parcels_total) - sum(parcels_total offset 1d)",
    "sum(desk_requests_total) / sum(parcels_total)",
    "timestamp(parcels_total)",
    "count(parcels_total)",
    "(hour() >= 8 and hour() < 18) and on () vector(1)",
    "sum_over_time((sum(rate(parcels_total[5m])) > bool 5)[1h:5m])",
)
CLUSTER = (
    (
        'sum by (namespace_name, pod_name) (rate(container_cpu_seconds_total{container_name!=""}[5m])) '
        "* on (namespace_name, pod_name) group_left (node) max by (namespace_name, pod_name, node) (pod_info)"
    ),
    (
        "sum by (namespace_name, owner_name) (container_memory_bytes * on (namespace_name, pod_name) "
        'group_left (owner_name) max by (namespace_name, pod_name, owner_name) (pod_owner{owner_kind="ReplicaSet"}))'
    ),
    "rate(pod_restarts_total[10m]) * on (namespace_name, pod_name) group_left (node) pod_info",
    (
        "sum by (node) (pod_info * on (namespace_name, pod_name) group_right (node) "
        "sum by (namespace_name, pod_name, container_name) (container_memory_bytes))"
    ),
    "container_memory_bytes / (container_memory_limit_bytes > 0)",
    "volume_free_bytes / volume_size_bytes < 0.03",
    "(volume_free_bytes / volume_size_bytes < 0.15) and predict_linear(volume_free_bytes[6h], 4 * 24 * 3600) < 0",
    'sum by (namespace_name, pod_name) (pod_phase{phase=~"Pending|Failed"}) > 0',
    (
        'max_over_time(pod_phase{phase="Pending"}[5m]) == 1 unless on (namespace_name, pod_name) '
        'pod_owner{owner_kind="Job"}'
    ),
    "deployment_wanted != deployment_ready and changes(deployment_ready[10m]) == 0",
    "deployment_wanted unless deployment_ready",
    "time() - max by (namespace_name, owner_name) (job_start_time_seconds) > 3600",
    "count(up == 0) by (job) / count(up) by (job) * 100 > 10",
    (
        "sum by (namespace_name) (pod:owner:label * on (namespace_name, pod_name) group_right (owner_name) "
        "sum by (namespace_name, pod_name, container_name) (rate(container_cpu_seconds_total[5m])))"
    ),
    'sum(max by (namespace_name, pod_name) (pod_phase{phase="Running"}))',
    "topk(10, sum without (cpu, container_name) (rate(container_cpu_seconds_total[5m])))",
)
MACHINES = (
    '100 - (avg by (instance) (rate(machine_cpu_seconds_total{mode="idle"}[5m])) * 100)',
    '1 - avg without (cpu, mode) (rate(machine_cpu_seconds_total{mode="idle"}[5m])) > 0.9',
    (
        "sum by (instance, mode) (rate(machine_cpu_seconds_total[5m])) / on (instance) group_left () "
        'count by (instance) (machine_cpu_seconds_total{mode="idle"})'
    ),
    'count without (cpu, mode) (machine_cpu_seconds_total{mode="idle"})',
    "machine_load1 / machine:cpus:count > 2",
    'machine_load1 / on (instance, job) count by (instance, job) (machine_cpu_seconds_total{mode="idle"})',
    'machine_free_bytes{fstype!="tmpfs"} / machine_size_bytes{fstype!="tmpfs"} * 100 < 5 and machine_readonly == 0',
    'predict_linear(machine_free_bytes{fstype!~"tmpfs|ramfs"}[6h], 24 * 60 * 60) < 0',
    "increase(machine_network_errors_total[2m]) / increase(machine_packets_total[2m]) > 0.01",
    'rate(machine_network_bytes_total{device!="lo"}[5m]) * 8',
    "irate(machine_network_bytes_total[1m])",
    "sum by (nodename) (machine_load1 * on (instance) group_left (nodename) machine_name_info)",
    (
        "(machine_clock_seconds > 0.05 and deriv(machine_clock_seconds[5m]) >= 0) or "
        "(machine_clock_seconds < -0.05 and deriv(machine_clock_seconds[5m]) <= 0)"
    ),
    'absent(up{job="machines"} == 1)',
    "min_over_time(machine_load1[5m:])",
)
STORES = (
    "rate(store_hits_total[5m]) / (rate(store_hits_total[5m]) + rate(store_misses_total[5m]))",
    "store_memory_bytes / (store_memory_limit_bytes > 0) > 0.9",
    "store_memory_bytes / store_memory_limit_bytes and store_memory_limit_bytes > 0",
    "increase(store_rejected_total[5m]) > 0",
    'count by (job) (store_role_info{role="leader"}) > 1',
    "avg_over_time(store_up[10m]) < 0.9",
    "ledger_lag_seconds > 30",
    "sum by (instance) (ledger_connections) > on (instance) ledger_connections_limit * 0.8",
    "sum by (datname) (rate(ledger_commits_total[5m])) + sum by (datname) (rate(ledger_rollbacks_total[5m]))",
    "rate(ledger_rollbacks_total[5m]) / (rate(ledger_commits_total[5m]) + rate(ledger_rollbacks_total[5m])) > 0.1",
    'increase(ledger_deadlocks_total{datname!~"template.*|postgres"}[1m]) > 5',
    'sum by (state) (ledger_connections{state="idle in transaction"}) > 5',
    "post_messages > 1000 and rate(post_acknowledged_total[5m]) == 0",
    "post_messages / rate(post_acknowledged_total[5m]) > 600",
    "sum by (queue) (rate(post_published_total[5m])) - sum by (queue) (rate(post_acknowledged_total[5m])) > 10",
    "post_messages > 0 unless post_consumers > 0",
    "topk(5, post_messages)",
    "belt_depth > on (hall) group_left () topk by (hall) (1, sum by (hall, code) (rate(desk_requests_total[5m])))",
    (
        "belt_depth * on (hall) group_left () (sum by (hall, code) (rate(desk_requests_total[5m])) == "
        "on (hall) group_left () max by (hall) (sum by (hall, code) (rate(desk_requests_total[5m]))))"
    ),
    "post_messages > 1000 or absent(post_messages)",
    ("increase((max without (instance) (store_rejected_total) or 0 * absent(store_rejected_total))[15m:1m]) >= 4"),
    "sum(sum by (datname) (rate(ledger_commits_total[5m])) or vector(0))",
)
OBJECTIVES = (
    "hall:error_ratio:rate5m > (14.4 * 0.001) and hall:error_ratio:rate5m > (14.4 * 0.001)",
    '1 - (sum(rate(desk_requests_total{code!~"5.."}[30m])) / (sum(rate(desk_requests_total[30m])) > 0))',
    (
        "(max(hall:error_ratio:rate5m > (6 * 0.01)) without (service)) or "
        "(max(hall:error_ratio:rate5m > 0.5) without (service))"
    ),
    "sum_over_time(hall:good:rate5m[30d]) / sum_over_time(hall:requests:rate5m[30d])",
    "1 - avg_over_time(hall:error_ratio:rate5m[30d]) >= 0.999",
    "max by (hall) (hall:sorting:p99)",
    '{__name__=~"hall:(good|requests):rate5m"} > 1',
    "vector(1)",
    "vector(0.999)",
)
CORRECT = (*SERVICE, *CLUSTER, *MACHINES, *STORES, *OBJECTIVES)

ALERTS = (
    "up == 0",
    'absent(up{job="desk"}) == 1',
    'absent_over_time(up{job="desk"}[10m])',
    '(up == 0) or absent(up{job="desk"})',
    "vector(1)",
    "sum(rate(parcels_total[5m])) == 0",
    "sum(up) == 0",
    'count(pod_phase{phase="Failed"} == 1) > 0',
    "(count(up == 0) or vector(0)) > 2",
    "belt_load_ratio >= 1",
    "parcels_total > 0 and on (job) sum by (job) (rate(desk_requests_total[5m])) == 0",
    "hall:error_ratio:rate5m >= 1",
    "histogram_quantile(0.99, sum by (le) (rate(sorting_seconds_bucket[5m]))) >= 5",
    "parcels_total unless parcels_total offset 1h",
    "(parcels_total unless parcels_total offset 1h) > 0",
    "parcels_total == 0",
    "increase(parcels_total[1h]) == 0 and parcels_total > 0",
    'door_open{door="7"} unless on () hour() < 20',
    "machine_memory_errors_total - machine_memory_errors_total offset 1h > 0",
    "door_open == 1 and on () hour() >= 20",
    "time() - depot_start_time_seconds > 86400 * 30",
    "belt_depth > on (hall) group_left () quantile by (hall) (0.9, belt_depth)",
    "deployment_wanted != deployment_ready",
    "changes(depot_start_time_seconds[15m]) > 2 unless on (instance) store_up == 0",
)
