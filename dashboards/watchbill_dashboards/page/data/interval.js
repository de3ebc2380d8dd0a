// Steps of range queries, and the duration variables that follow from them.
/** @import {TimeRange} from "./model.js" */

const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800];
// Prometheus refuses more than 11,000 points per series.
const MOST_POINTS = 11_000;

/**
 * The step in seconds: about one sample per two pixels, never under the scrape interval.
 * @param {{range: TimeRange, width: number, scrape: number, least?: number | null, points?: number | null}} wanted
 */
export function stepSeconds({ range, width, scrape, least, points }) {
  const seconds = (range.to - range.from) / 1000;
  const most = Math.max(10, points ?? Math.floor(width / 2));
  const exact = Math.max(seconds / Math.min(most, MOST_POINTS), seconds / MOST_POINTS);
  const nice = STEPS.find((step) => step >= exact) ?? Math.ceil(exact / 86_400) * 86_400;
  return Math.max(nice, scrape, least ?? 0);
}

/** Four scrapes at least, so that a rate survives a missed one. @param {number} step @param {number} scrape */
export function rateIntervalSeconds(step, scrape) {
  return Math.max(4 * scrape, step + scrape);
}

/** The range moved outwards onto multiples of the step: samples stay where they were at the next refresh.
 * @param {TimeRange} range @param {number} step seconds
 */
export function alignedRange(range, step) {
  return { start: Math.floor(range.from / 1000 / step) * step, end: Math.floor(range.to / 1000 / step) * step };
}

/** The values of the duration variables. @param {TimeRange} range @param {number} step @param {number} scrape @returns {Record<string, string>} */
export function intervalVariables(range, step, scrape) {
  const rate = rateIntervalSeconds(step, scrape);
  return {
    __interval: secondsText(step),
    __interval_ms: String(Math.round(step * 1000)),
    __rate_interval: secondsText(rate),
    __rate_interval_ms: String(Math.round(rate * 1000)),
    ...rangeVariables(range),
  };
}

/** @param {TimeRange} range @returns {Record<string, string>} */
export function rangeVariables(range) {
  const milliseconds = range.to - range.from;
  return {
    __range: secondsText(Math.max(1, Math.round(milliseconds / 1000))),
    __range_s: String(Math.max(1, Math.round(milliseconds / 1000))),
    __range_ms: String(milliseconds),
    __from: String(Math.round(range.from)),
    __to: String(Math.round(range.to)),
  };
}

/** @param {number} seconds */
function secondsText(seconds) {
  return Number.isInteger(seconds) ? `${seconds}s` : `${Math.round(seconds * 1000)}ms`;
}
