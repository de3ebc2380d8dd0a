import assert from "node:assert/strict";
import { test } from "node:test";

import { aligned, stacked } from "../../../dashboards/watchbill_dashboards/page/data/alignment.js";
import { momentsOf, regionsOf } from "../../../dashboards/watchbill_dashboards/page/data/annotation.js";
import { display } from "../../../dashboards/watchbill_dashboards/page/data/display.js";
import { configured } from "../../../dashboards/watchbill_dashboards/page/data/field.js";
import { legendName, seriesFrames, tableFrame } from "../../../dashboards/watchbill_dashboards/page/data/frame.js";
import { alignedRange, rateIntervalSeconds, stepSeconds } from "../../../dashboards/watchbill_dashboards/page/data/interval.js";
import { markdownBlocks } from "../../../dashboards/watchbill_dashboards/page/data/markdown.js";
import { Queue } from "../../../dashboards/watchbill_dashboards/page/data/queue.js";
import { reduced } from "../../../dashboards/watchbill_dashboards/page/data/reducer.js";
import { sections } from "../../../dashboards/watchbill_dashboards/page/data/section.js";
import { colorMeaning } from "../../../dashboards/watchbill_dashboards/page/data/threshold.js";
import { transformed } from "../../../dashboards/watchbill_dashboards/page/data/transformation.js";

const table = (refId, rows, alone = false) => tableFrame({ refId }, { resultType: "vector", result: rows.map(([metric, value]) => ({ metric, value: [10, String(value)] })) }, alone);
const columns = ([frame]) => Object.fromEntries(frame.fields.map((field) => [field.name, field.values]));

test("merge joins rows that agree in their common columns", () => {
  const frames = [table("A", [[{ route: "/a" }, 1], [{ route: "/b" }, 2]]), table("B", [[{ route: "/b" }, 20], [{ route: "/c" }, 30]])];
  assert.deepEqual(columns(transformed(frames, [{ id: "merge", options: {} }])), { Time: [10_000, 10_000, 10_000], route: ["/a", "/b", "/c"], "Value #A": [1, 2, null], "Value #B": [null, 20, 30] });
});

test("organize leaves out, orders and renames columns", () => {
  const options = { excludeByName: { Time: true }, indexByName: { Value: 0, route: 1 }, renameByName: { Value: "Rate", route: "Route" } };
  const result = transformed([table("A", [[{ route: "/a" }, 1]], true)], [{ id: "organize", options }]);
  assert.deepEqual(result[0].fields.map((field) => field.name), ["Rate", "Route"]);
});

test("sorting puts empty cells last either way", () => {
  const frames = [table("A", [[{ r: "x" }, "NaN"], [{ r: "y" }, 1], [{ r: "z" }, 3]], true)];
  const sort = (desc) => columns(transformed(frames, [{ id: "sortBy", options: { sort: [{ field: "Value", desc }] } }]))["r"];
  assert.deepEqual(sort(true), ["z", "y", "x"]);
  assert.deepEqual(sort(false), ["y", "z", "x"]);
});

test("an unknown transformation is named", () => {
  assert.throws(() => transformed([], [{ id: "prophecy" }]), /"prophecy"/);
});

test("a legend fills labels in, and shows a series without one in PromQL's words", () => {
  assert.equal(legendName("{{ route }} now", { route: "/a" }), "/a now");
  assert.equal(legendName("", { __name__: "m", l: "v" }), 'm{l="v"}');
});

test("overrides by name change one field alone", () => {
  const frames = seriesFrames({ refId: "A", legendFormat: "{{s}}" }, { resultType: "matrix", result: [{ metric: { s: "2xx" }, values: [] }, { metric: { s: "5xx" }, values: [] }] }, 1);
  const overrides = [{ matcher: { id: "byNames", options: { names: ["5xx"] } }, properties: [{ id: "color", value: { mode: "fixed", fixedColor: "red" } }, { id: "custom.lineStyle", value: { fill: "dash" } }] }];
  const [good, bad] = configured(frames, { defaults: { unit: "ops" }, overrides }).map((frame) => frame.fields[1].config);
  assert.deepEqual(good, { unit: "ops" });
  assert.deepEqual(bad, { unit: "ops", color: { mode: "fixed", fixedColor: "red" }, custom: { lineStyle: { fill: "dash" } } });
});

test("a missing sample is a gap; a series without a sample of its own there is none", () => {
  const frames = seriesFrames({ refId: "A" }, { resultType: "matrix", result: [{ metric: {}, values: [[0, "1"], [20, "3"]] }] }, 10);
  const coarse = seriesFrames({ refId: "B" }, { resultType: "matrix", result: [{ metric: {}, values: [[0, "5"], [20, "NaN"]] }] }, 20);
  assert.deepEqual(aligned([...frames, ...coarse], { from: 0, to: 20_000 }), { times: [0, 10, 20], columns: [[1, null, 3], [5, undefined, null]] });
});

test("stacks add up and keep their gaps", () => {
  assert.deepEqual(stacked([[1, null], [2, 4], [9, 9]], ["A", "A", null]), [[1, null], [3, 4], [9, 9]]);
  assert.deepEqual(stacked([[1], [3]], ["A", "A"], true), [[0.25], [1]]);
});

test("a value shows its mapping before its unit, with a colour that has a meaning", () => {
  const config = { unit: "short", mappings: [{ type: "value", options: { 0: { text: "down", color: "red" } } }], thresholds: { steps: [{ color: "green", value: null }, { color: "orange", value: 80 }] } };
  assert.deepEqual(display(0, config), { text: "down", color: "red" });
  assert.deepEqual(display(81, config), { text: "81", color: "orange" });
  assert.deepEqual(display(NaN, { noValue: "none yet" }), { text: "none yet", color: null });
  assert.deepEqual(["green", "dark-red", "orange", "blue"].map(colorMeaning), ["good", "critical", "warning", null]);
});

test("calculations leave out what is no number", () => {
  assert.equal(reduced([1, 5, NaN, null], "lastNotNull"), 5);
  assert.equal(reduced([1, 5, NaN], "last"), null);
  assert.equal(reduced([1, 5, 3], "max"), 5);
  assert.equal(reduced([null, NaN], "mean"), null);
});

test("the step follows width and range, and never goes under the scrape interval", () => {
  const range = { from: 0, to: 3_600_000 };
  assert.equal(stepSeconds({ range, width: 600, scrape: 1 }), 15);
  assert.equal(stepSeconds({ range, width: 600, scrape: 30 }), 30);
  assert.equal(stepSeconds({ range, width: 600, scrape: 1, least: 60 }), 60);
  assert.ok(3_600_000 / stepSeconds({ range: { from: 0, to: 3_600_000_000 }, width: 1e6, scrape: 1 }) <= 11_000);
});

test("a rate looks back over four scrapes at least", () => {
  assert.equal(rateIntervalSeconds(1, 15), 60);
  assert.equal(rateIntervalSeconds(120, 15), 135);
  assert.deepEqual(alignedRange({ from: 12_500, to: 47_000 }, 10), { start: 10, end: 40 });
});

test("annotations are unbroken runs, or moments that a value names", () => {
  const values = [[10, "1"], [20, "1"], [50, "1"], [60, "0"]];
  assert.deepEqual(regionsOf({ metric: {}, values }, 10), [{ from: 10_000, to: 20_000 }, { from: 50_000, to: 50_000 }]);
  assert.deepEqual(momentsOf({ metric: {}, values: [[10, "7000"], [20, "7000"], [30, "9000"]] }), [{ from: 7000, to: 7000 }, { from: 9000, to: 9000 }]);
});

test("a row holds what follows it, or what it carries while folded", () => {
  const at = (id, y, more = {}) => ({ id, type: "stat", gridPos: { x: 0, y, w: 4, h: 4 }, ...more });
  const found = sections([at(9, 0), at(1, 4, { type: "row" }), at(2, 5), at(3, 9, { type: "row", collapsed: true, panels: [at(4, 10)] })]);
  assert.deepEqual(found.map(({ row, panels }) => [row?.id ?? null, panels.map((panel) => panel.id)]), [[null, [9]], [1, [2]], [3, [4]]]);
});

test("HTML in Markdown stays text", () => {
  assert.deepEqual(markdownBlocks("a **b** <img src=x>"), [{ kind: "paragraph", level: 0, spans: [{ kind: "text", text: "a " }, { kind: "strong", text: "b" }, { kind: "text", text: " <img src=x>" }] }]);
});

test("a queue runs no more at once than its limit, and skips what was given up", async () => {
  const queue = new Queue(2);
  const given = new AbortController();
  let running = 0;
  let most = 0;
  const task = async () => {
    most = Math.max(most, (running += 1));
    await new Promise((resolve) => setTimeout(resolve, 2));
    running -= 1;
    return true;
  };
  const done = Promise.allSettled([...Array.from({ length: 6 }, () => queue.run(task)), queue.run(task, given.signal)]);
  given.abort();
  assert.deepEqual((await done).map((one) => one.status), [...Array(6).fill("fulfilled"), "rejected"]);
  assert.equal(most, 2);
});
