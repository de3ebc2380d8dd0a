import assert from "node:assert/strict";
import { test } from "node:test";

import { axisTimes, parseTime, rangeTitle, resolveRange, timeText } from "../../../dashboards/watchbill_dashboards/page/data/time_range.js";
import { durationSeconds, durationText } from "../../../dashboards/watchbill_dashboards/page/data/duration.js";

const NOW = Date.UTC(2026, 10, 22, 14, 35, 20);

test("relative times count from now", () => {
  assert.equal(parseTime("now", NOW), NOW);
  assert.equal(parseTime("now-1h", NOW), NOW - 3_600_000);
  assert.equal(parseTime("now-1d+30m", NOW), NOW - 84_600_000);
});

test("a rounded time is the start of its unit, or its end", () => {
  assert.equal(timeText(parseTime("now/d", NOW, false, true), true), "2026-11-22 00:00:00");
  assert.equal(timeText(parseTime("now/d", NOW, true, true), true), "2026-11-22 23:59:59");
  assert.equal(timeText(parseTime("now-1M/M", NOW, false, true), true), "2026-10-01 00:00:00");
  assert.equal(timeText(parseTime("now/w", NOW, false, true), true), "2026-11-16 00:00:00");
});

test("milliseconds and dates are absolute", () => {
  assert.equal(parseTime("1795350000000", NOW), 1_795_350_000_000);
  assert.equal(parseTime("2026-11-22T10:00:00Z", NOW), Date.UTC(2026, 10, 22, 10));
  assert.equal(parseTime("2026-11-22 10:00", NOW, false, true), Date.UTC(2026, 10, 22, 10));
});

test("what is no time has no range", () => {
  assert.equal(parseTime("yesterday-ish", NOW), null);
  assert.equal(resolveRange("now", "now-1h", NOW), null);
  assert.equal(resolveRange("", "now", NOW), null);
});

test("a range has a title in words", () => {
  assert.equal(rangeTitle("now-15m", "now", NOW), "Last 15 minutes");
  assert.equal(rangeTitle("now-3h", "now", NOW), "now-3h to now");
  const [from, to] = [Date.UTC(2026, 10, 22, 12), Date.UTC(2026, 10, 22, 13)];
  assert.equal(rangeTitle(String(from), String(to), NOW, true), "2026-11-22 12:00:00 to 2026-11-22 13:00:00");
});

test("durations are read and written as Prometheus does", () => {
  assert.equal(durationSeconds("1h30m"), 5400);
  assert.equal(durationSeconds("500ms"), 0.5);
  assert.equal(durationSeconds("soon"), null);
  assert.equal(durationText(90), "90s");
  assert.equal(durationText(7200), "2h");
});

test("an axis shows the date where the day changes", () => {
  const midnight = Date.UTC(2026, 10, 22) / 1000;
  assert.deepEqual(axisTimes([midnight - 600, midnight, midnight + 600], 600, true), ["23:50", "11-22", "00:10"]);
  assert.deepEqual(axisTimes([midnight, midnight + 10], 10, true), ["00:00:00", "00:00:10"]);
});
