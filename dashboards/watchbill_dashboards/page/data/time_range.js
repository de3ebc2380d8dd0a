// Time ranges as addresses carry them: `now-1h`, `now/d`, milliseconds since the epoch, ISO dates.
/** @import {TimeRange} from "./model.js" */
import { durationSeconds } from "./duration.js";

export const QUICK_RANGES = /** @type {const} */ ([
  ["5m", "Last 5 minutes"],
  ["15m", "Last 15 minutes"],
  ["1h", "Last hour"],
  ["6h", "Last 6 hours"],
  ["24h", "Last 24 hours"],
  ["7d", "Last 7 days"],
]);

const RELATIVE = /^now((?:[+-]\d+(?:ms|[smhdwMy]))*)(?:\/([smhdwMy]))?$/;

/**
 * Milliseconds since the epoch; null when the text is no time. `roundUp` makes `now/d` the day's end.
 * @param {string} text @param {number} now @param {boolean} [roundUp] @param {boolean} [utc]
 */
export function parseTime(text, now, roundUp = false, utc = false) {
  const trimmed = text.trim();
  if (/^\d{9,}$/.test(trimmed)) return Number(trimmed);
  const relative = RELATIVE.exec(trimmed);
  if (!relative) {
    const zoned = utc && /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?$/.test(trimmed);
    const date = Date.parse(zoned ? `${trimmed.replace(" ", "T")}${trimmed.length > 10 ? "Z" : ""}` : trimmed);
    return Number.isNaN(date) ? null : date;
  }
  let time = now;
  for (const part of (relative[1] ?? "").matchAll(/([+-])(\d+(?:ms|[smhdwMy]))/g)) {
    time += (part[1] === "-" ? -1 : 1) * (durationSeconds(part[2]) ?? 0) * 1000;
  }
  return relative[2] ? rounded(time, relative[2], roundUp, utc) : time;
}

/** @param {number} time @param {string} unit @param {boolean} roundUp @param {boolean} utc */
function rounded(time, unit, roundUp, utc) {
  const shift = utc ? 0 : new Date(time).getTimezoneOffset() * 60_000;
  const date = new Date(time - shift);
  const order = ["y", "M", "d", "h", "m", "s"];
  const depth = order.indexOf(unit === "w" ? "d" : unit) + 1;
  const parts = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  for (let index = depth; index < parts.length; index += 1) parts[index] = index === 2 ? 1 : 0;
  if (unit === "w") parts[2] = (parts[2] ?? 1) - ((date.getUTCDay() + 6) % 7);
  if (roundUp) parts[depth - 1] = (parts[depth - 1] ?? 0) + (unit === "w" ? 7 : 1);
  const [year = 0, month = 0, day = 1, hour = 0, minute = 0, second = 0] = parts;
  return Date.UTC(year, month, day, hour, minute, second) + shift - (roundUp ? 1 : 0);
}

/**
 * The range two texts mean now; null when either is no time or they are the wrong way round.
 * @param {string} from @param {string} to @param {number} now @param {boolean} [utc] @returns {TimeRange | null}
 */
export function resolveRange(from, to, now, utc = false) {
  const start = parseTime(from, now, false, utc);
  const end = parseTime(to, now, true, utc);
  return start === null || end === null || start >= end ? null : { from: start, to: end };
}

/** What the range is called. @param {string} from @param {string} to @param {number} now @param {boolean} [utc] */
export function rangeTitle(from, to, now, utc = false) {
  const quick = QUICK_RANGES.find(([length]) => from === `now-${length}` && to === "now");
  if (quick) return quick[1];
  if (from.startsWith("now") || to.startsWith("now")) return `${from} to ${to}`;
  const range = resolveRange(from, to, now, utc);
  return range ? `${timeText(range.from, utc)} to ${timeText(range.to, utc)}` : `${from} to ${to}`;
}

/** @param {number} value @param {number} [width] */
const padded = (value, width = 2) => String(value).padStart(width, "0");

/** The parts of a time in the zone asked for. @param {number} time @param {boolean} utc */
export function timeParts(time, utc) {
  const date = new Date(utc ? time : time - new Date(time).getTimezoneOffset() * 60_000);
  return {
    date: `${padded(date.getUTCFullYear(), 4)}-${padded(date.getUTCMonth() + 1)}-${padded(date.getUTCDate())}`,
    hours: padded(date.getUTCHours()),
    minutes: padded(date.getUTCMinutes()),
    seconds: padded(date.getUTCSeconds()),
    milliseconds: padded(date.getUTCMilliseconds(), 3),
  };
}

/** `2026-11-22 14:05:09`. @param {number} time @param {boolean} [utc] */
export function timeText(time, utc = false) {
  const part = timeParts(time, utc);
  return `${part.date} ${part.hours}:${part.minutes}:${part.seconds}`;
}

/** How long ago, in one unit. @param {number} time @param {number} now */
export function agoText(time, now) {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds < 5) return "just now";
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

/** Labels of a time axis: seconds only where ticks are that close, the date where the day changes.
 * @param {number[]} ticks seconds since the epoch @param {number} increment seconds @param {boolean} utc
 */
export function axisTimes(ticks, increment, utc) {
  let last = "";
  return ticks.map((tick, index) => {
    const part = timeParts(tick * 1000, utc);
    const first = last === "";
    const newDay = last !== part.date;
    last = part.date;
    if (increment >= 86_400) return part.date.slice(5);
    if (newDay && !first && index > 0) return part.date.slice(5);
    return increment < 60 ? `${part.hours}:${part.minutes}:${part.seconds}` : `${part.hours}:${part.minutes}`;
  });
}
