import assert from "node:assert/strict";
import { test } from "node:test";

import { readAddress, writeAddress } from "../../../dashboards/watchbill_dashboards/page/data/address.js";
import { filledAddress, safeAddress } from "../../../dashboards/watchbill_dashboards/page/data/link.js";
import { interpolated } from "../../../dashboards/watchbill_dashboards/page/data/variable.js";
import { select, variableStates } from "../../../dashboards/watchbill_dashboards/page/data/variable_options.js";

const state = (model, selected, all = false) => ({ model: { name: "x", type: "query", ...model }, options: ["/a", "/b{c}", 'q"'].map((value) => ({ text: value, value })), selected, all, error: "" });
const scope = (one, texts = {}) => ({ variables: new Map([[one.model.name, one]]), texts });

test("a single value is escaped for the string it stands in", () => {
  assert.equal(interpolated('{l="$x"}', scope(state({}, ['a"b\\c']))), '{l="a\\"b\\\\c"}');
});

test("values of a multiple variable are alternatives of a pattern", () => {
  const many = { multi: true, includeAll: true, allValue: ".*" };
  assert.equal(interpolated("$x", scope(state(many, ["/items/{id}"]))), "/items/\\\\{id\\\\}");
  assert.equal(interpolated("$x", scope(state(many, ["/a", "/b"]))), "(/a|/b)");
  assert.equal(interpolated("$x", scope(state(many, [], true))), ".*");
  assert.equal(interpolated("$x", scope(state({ multi: true, includeAll: true }, [], true))), '(/a|/b\\\\{c\\\\}|q\\")');
});

test("a reference can name its format", () => {
  const two = scope(state({ multi: true }, ["/a", "b c"]));
  assert.equal(interpolated("${x:csv} ${x:pipe} [[x:percentencode]]", two), "/a,b c /a|b c %2Fa%2Cb%20c");
  assert.equal(interpolated("${x:queryparam}", two), "var-x=%2Fa&var-x=b%20c");
  assert.equal(interpolated("$x", two, "text"), "/a + b c");
});

test("fixed texts come first, unknown names stay", () => {
  assert.equal(interpolated("[$__rate_interval] $other", scope(state({}, []), { __rate_interval: "4s" })), "[4s] $other");
});

test("nothing selected means All where All exists, else the first value", () => {
  const all = state({ multi: true, includeAll: true }, []);
  select(all, []);
  assert.equal(all.all, true);
  const one = state({}, []);
  select(one, []);
  assert.deepEqual(one.selected, ["/a"]);
});

test("a variable waits for those its query names, and the default gives way to what exists", async () => {
  const asked = [];
  const prometheus = { signal: new AbortController().signal, labelValues: async (label, match) => (asked.push([label, match]), label === "env" ? ["live"] : ["i1", "i2"]) };
  const cycle = { range: { from: 0, to: 1000 }, prometheus, variables: new Map(), scope: () => ({ variables: cycle.variables, texts: {} }) };
  const models = [
    { name: "env", type: "query", query: "label_values(m, env)", current: { value: "gone" } },
    { name: "instance", type: "query", query: 'label_values(m{env="$env"}, instance)', multi: true },
  ];
  const states = await variableStates(models, new Map([["instance", ["i2"]]]), cycle);
  assert.deepEqual(asked, [["env", "m"], ["instance", 'm{env="live"}']]);
  assert.deepEqual(states.get("env").selected, ["live"]);
  assert.deepEqual(states.get("instance").selected, ["i2"]);
});

test("the address has Grafana's shape, both ways", () => {
  const place = readAddress(new URL("http://h/d/shop-overview?var-x=%2Fa&var-x=%2Fb&from=now-6h&to=now&viewPanel=panel-7"));
  assert.deepEqual([place.uid, place.viewPanel, place.from, place.to], ["shop-overview", 7, "now-6h", "now"]);
  assert.deepEqual(place.variables.get("x"), ["/a", "/b"]);
  assert.equal(writeAddress({ ...place, refresh: "5s" }, [state({ multi: true }, ["/a"])]), "/d/shop-overview?var-x=%2Fa&from=now-6h&to=now&refresh=5s&viewPanel=7");
});

test("a link that would run a script is none", () => {
  assert.equal(safeAddress("javascript:alert(1)"), null);
  assert.equal(safeAddress(" JaVaScRiPt:alert(1)"), null);
  assert.equal(safeAddress("data:text/html,x"), null);
  assert.equal(safeAddress("/d/other"), "/d/other");
});

test("a cell's link holds the row's values, encoded", () => {
  assert.equal(filledAddress('/d/x?var-route=${__data.fields["Route"]}', { row: { Route: "/a&b" }, labels: {}, value: 1 }), "/d/x?var-route=%2Fa%26b");
});
