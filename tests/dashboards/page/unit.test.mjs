import assert from "node:assert/strict";
import { test } from "node:test";

import { axisLabels, formatValue } from "../../../dashboards/watchbill_dashboards/page/data/unit.js";

test("seconds are written in the unit a person would choose", () => {
  assert.equal(formatValue(0.000_35, "s"), "350 µs");
  assert.equal(formatValue(0.0421, "s"), "42.1 ms");
  assert.equal(formatValue(1.5, "s"), "1.5 s");
  assert.equal(formatValue(0, "s"), "0 s");
  assert.equal(formatValue(5400, "s"), "1.5 h");
  assert.equal(formatValue(1500, "ms"), "1.5 s");
});

test("rounding never leaves a thousand of the smaller unit", () => {
  assert.equal(formatValue(0.999_96, "s"), "1 s");
  assert.equal(formatValue(1023.99, "bytes"), "1 KiB");
});

test("bytes climb by 1024, short numbers by 1000", () => {
  assert.equal(formatValue(1_572_864, "bytes"), "1.5 MiB");
  assert.equal(formatValue(512, "bytes"), "512 B");
  assert.equal(formatValue(1_234_000, "short"), "1.23 Mil");
  assert.equal(formatValue(2500, "ops"), "2.5 K ops/s");
  assert.equal(formatValue(12.34, "reqps"), "12.3 req/s");
});

test("ratios are percentages, with the decimals asked for", () => {
  assert.equal(formatValue(0.9991, "percentunit", 2), "99.91%");
  assert.equal(formatValue(0.5, "percentunit"), "50%");
  assert.equal(formatValue(12, "percent"), "12%");
});

test("what is no finite number is said in words or signs", () => {
  assert.equal(formatValue(null, "s"), "–");
  assert.equal(formatValue(NaN, "s"), "NaN");
  assert.equal(formatValue(-Infinity, "s"), "−∞");
  assert.equal(formatValue(1, "bool"), "True");
  assert.equal(formatValue(-0.000_001, "none", 2), "0.00");
});

test("dates are milliseconds since the epoch", () => {
  assert.equal(formatValue(Date.UTC(2026, 10, 22, 14, 5, 9), "dateTimeAsIso", null, { utc: true }), "2026-11-22 14:05:09");
});

test("an unknown unit follows the number", () => {
  assert.equal(formatValue(3, "furlongs"), "3 furlongs");
  assert.equal(formatValue(3, "suffix: rows"), "3  rows");
});

test("labels of an axis differ from each other", () => {
  assert.deepEqual(axisLabels([99.991, 99.992, 99.993], "none"), ["99.991", "99.992", "99.993"]);
  assert.deepEqual(axisLabels([1, null, 10], "none"), ["1", "", "10"]);
});
