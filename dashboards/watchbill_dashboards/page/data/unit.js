// Values as people read them: Grafana's unit ids.
import { agoText, timeText } from "./time_range.js";

/** Steps of a scaled unit: from this size on, divide by it and write the suffix. @typedef {[size: number, suffix: string][]} Ladder */

/** @param {string} suffix @returns {Ladder} */
const decimal = (suffix) => [[1e-6, `µ${suffix}`], [1e-3, `m${suffix}`], [1, suffix], [1e3, `k${suffix}`], [1e6, `M${suffix}`], [1e9, `G${suffix}`], [1e12, `T${suffix}`]];
/** @param {string} suffix @param {number} base @param {string} middle @returns {Ladder} */
const bytes = (suffix, base, middle) => ["", "k", "M", "G", "T", "P"].map((prefix, power) => [base ** power, prefix === "" ? suffix : `${base === 1024 ? prefix.toUpperCase() : prefix}${middle}${suffix}`]);
/** @param {string} suffix @returns {Ladder} */
const counted = (suffix) => [[1, suffix], [1e3, `K${suffix}`], [1e6, `Mil${suffix}`], [1e9, `Bil${suffix}`], [1e12, `Tri${suffix}`]];
/** @param {number} unit seconds in one of the unit @returns {Ladder} */
const time = (unit) =>
  /** @type {Ladder} */ ([[1e-9, "ns"], [1e-6, "µs"], [1e-3, "ms"], [1, "s"], [60, "min"], [3600, "h"], [86_400, "d"], [604_800, "weeks"], [31_536_000, "years"]]).map(
    ([size, suffix]) => [size / unit, suffix],
  );

/** @type {Record<string, Ladder>} */
const LADDERS = {
  short: counted(""),
  ns: time(1e-9),
  µs: time(1e-6),
  us: time(1e-6),
  ms: time(1e-3),
  s: time(1),
  m: time(60),
  h: time(3600),
  d: time(86_400),
  bytes: bytes("B", 1024, "i"),
  decbytes: bytes("B", 1000, ""),
  bits: bytes("b", 1024, "i"),
  decbits: bytes("b", 1000, ""),
  binBps: bytes("B/s", 1024, "i"),
  Bps: bytes("B/s", 1000, ""),
  bps: bytes("b/s", 1000, ""),
  ops: counted(" ops/s"),
  reqps: counted(" req/s"),
  rps: counted(" rd/s"),
  wps: counted(" wr/s"),
  cps: counted(" c/s"),
  eps: counted(" ev/s"),
  mps: counted(" msg/s"),
  iops: counted(" io/s"),
  hertz: decimal("Hz"),
  watt: decimal("W"),
};

/** @type {Record<string, [yes: string, no: string]>} */
const WORDS = { bool: ["True", "False"], bool_yes_no: ["Yes", "No"], bool_on_off: ["On", "Off"] };
const CURRENCIES = /** @type {Record<string, string>} */ ({ currencyUSD: "$", currencyEUR: "€", currencyGBP: "£" });

/**
 * @param {number | null | undefined} value @param {string} [unit] @param {number | null} [decimals]
 * @param {{utc?: boolean, now?: number}} [zone]
 */
export function formatValue(value, unit = "short", decimals = null, { utc = false, now = Date.now() } = {}) {
  if (value === null || value === undefined) return "–";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const word = WORDS[unit];
  if (word) return value === 0 ? word[1] : word[0];
  if (unit === "percentunit") return `${digits(value * 100, decimals)}%`;
  if (unit === "percent") return `${digits(value, decimals)}%`;
  if (unit === "dateTimeFromNow") return agoText(value, now);
  if (unit.startsWith("dateTime") || unit.startsWith("time:")) return timeText(value, utc);
  const ladder = LADDERS[unit];
  if (ladder) return climbed(value, ladder, decimals);
  const currency = CURRENCIES[unit];
  if (currency) return `${currency}${digits(value, decimals)}`;
  if (unit.startsWith("prefix:")) return `${unit.slice(7)}${digits(value, decimals)}`;
  const suffix = unit.startsWith("suffix:") ? unit.slice(7) : unit === "none" || unit === "" ? "" : unit;
  return suffix ? `${digits(value, decimals)} ${suffix}` : digits(value, decimals);
}

/** @param {number} value @param {Ladder} ladder @param {number | null} decimals */
function climbed(value, ladder, decimals) {
  const base = ladder.find(([size]) => size === 1) ?? ladder[0];
  const size = Math.abs(value);
  // 999.96 would be written "1000 ms": let rounding decide before the step is chosen.
  const reached = size === 0 ? base : (ladder.findLast(([least]) => Number((size / least).toPrecision(4)) >= 1) ?? ladder[0]);
  const [least, suffix] = reached ?? [1, ""];
  const gap = suffix === "" || suffix.startsWith(" ") ? "" : " ";
  return `${digits(value / least, decimals)}${gap}${suffix}`;
}

/** Three significant digits unless decimals are given. @param {number} value @param {number | null | undefined} decimals */
function digits(value, decimals) {
  if (decimals !== null && decimals !== undefined) return signed(value.toFixed(Math.min(20, Math.max(0, decimals))));
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 1e-6) return signed(value.toExponential(1));
  const places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : Math.min(8, 2 - Math.floor(Math.log10(size)));
  return signed(String(Number(value.toFixed(places))));
}

/** @param {string} text */
function signed(text) {
  return /^-0(\.0+)?$/.test(text) ? text.slice(1) : text.replace("-", "−");
}

/** Decimals that tell the ticks of an axis apart; a tick without a value has no label. @param {(number | null)[]} ticks @param {string} unit */
export function axisLabels(ticks, unit) {
  if (ticks.includes(null)) return ticks.map((tick) => (tick === null ? "" : formatValue(tick, unit)));
  for (const decimals of [null, 0, 1, 2, 3, 4]) {
    const labels = ticks.map((tick) => formatValue(tick, unit, tick === 0 ? null : decimals));
    if (new Set(labels).size === labels.length) return labels;
  }
  return ticks.map((tick) => formatValue(tick, unit));
}

/** Whether ticks should fall on powers of two. @param {string} unit */
export function isBinary(unit) {
  return unit === "bytes" || unit === "bits" || unit === "binBps";
}
