"""The headers of caches, in one vocabulary."""

from collections.abc import Mapping

import pytest

from watchbill.catalogue.cdn import CDN_CACHE_STATUS
from watchbill_exporters.cdn_edge.cache_status import age, cache_status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"cf-cache-status": "HIT"}, "hit"),
        ({"cf-cache-status": "DYNAMIC", "age": "9"}, "dynamic"),
        ({"cf-cache-status": "REVALIDATED"}, "revalidated"),
        ({"cf-cache-status": "UPDATING"}, "updating"),
        ({"cf-cache-status": "BYPASS"}, "bypass"),
        ({"x-cache": "Hit from cloudfront"}, "hit"),
        ({"x-cache": "RefreshHit from cloudfront"}, "revalidated"),
        ({"x-cache": "Miss from cloudfront"}, "miss"),
        ({"x-cache": "Error from cloudfront"}, "error"),
        ({"x-cache": "LambdaGeneratedResponse from cloudfront"}, "dynamic"),
        ({"x-cache": "TCP_MEM_HIT from a23-1-2-3.deploy.akamaitechnologies.com (AkamaiGHost/11)"}, "hit"),
        ({"x-cache": "TCP_REFRESH_MISS from a1.example"}, "expired"),
        ({"x-cache": "TCP_REFRESH_FAIL_HIT from a1.example"}, "stale"),
        ({"x-cache": "TCP_IMS_HIT"}, "revalidated"),
        ({"x-cache": "HIT, MISS"}, "miss"),
        ({"x-cache": "MISS, HIT"}, "hit"),
        ({"x-cache": "PASS"}, "bypass"),
        ({"x-cache": "CONFIG_NOCACHE"}, "bypass"),
        ({"x-cache-status": "EXPIRED"}, "expired"),
        ({"x-vercel-cache": "PRERENDER"}, "hit"),
        ({"cdn-cache": "HIT"}, "hit"),
        ({"cache-status": "ExampleCache; hit; ttl=30"}, "hit"),
        ({"cache-status": "Origin; hit, Edge; fwd=uri-miss; stored"}, "miss"),
        ({"cache-status": 'Origin; fwd=miss, "Edge, the nearest; hit"; fwd=stale'}, "expired"),
        ({"cache-status": "Edge; fwd=stale; fwd-status=304"}, "revalidated"),
        ({"cache-status": "Edge; fwd=bypass"}, "bypass"),
        ({"cache-status": "Edge; detail=odd"}, "unknown"),
        ({"x-cache": "who knows", "age": "3"}, "hit"),
        ({"age": "0"}, "unknown"),
        ({"x-cache": ""}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_each_spelling_means_one_thing(headers: Mapping[str, str], status: str) -> None:
    assert cache_status(headers) == status
    assert status in CDN_CACHE_STATUS.values


@pytest.mark.parametrize(("told", "seconds"), [("12", 12), (" 0 ", 0), ("-1", None), ("1e9", None), ("", None)])
def test_an_age_is_a_number_of_seconds(told: str, seconds: float | None) -> None:
    assert age({"age": told}) == seconds
