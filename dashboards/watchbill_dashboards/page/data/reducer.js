// One number from many: the calculations of legends and stats, under Grafana's ids.
/** @import {Cell} from "./model.js" */

/** @type {Record<string, {title: string, of: (values: number[]) => number}>} */
const REDUCERS = {
  lastNotNull: { title: "Last", of: (values) => values.at(-1) ?? NaN },
  first: { title: "First", of: (values) => values[0] ?? NaN },
  firstNotNull: { title: "First", of: (values) => values[0] ?? NaN },
  min: { title: "Min", of: (values) => values.reduce((least, value) => Math.min(least, value), Infinity) },
  max: { title: "Max", of: (values) => values.reduce((most, value) => Math.max(most, value), -Infinity) },
  mean: { title: "Mean", of: (values) => sum(values) / values.length },
  sum: { title: "Total", of: sum },
  count: { title: "Count", of: (values) => values.length },
  range: { title: "Range", of: (values) => Math.max(...values) - Math.min(...values) },
  diff: { title: "Change", of: (values) => (values.at(-1) ?? NaN) - (values[0] ?? NaN) },
  median: { title: "Median", of: median },
};

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** Null where no sample counts. An unknown id means the last sample. @param {Cell[]} values @param {string} id @returns {number | null} */
export function reduced(values, id) {
  if (id === "last") {
    const last = values.at(-1);
    return typeof last === "number" && !Number.isNaN(last) ? last : null;
  }
  const numbers = values.filter((value) => typeof value === "number" && !Number.isNaN(value));
  if (!numbers.length) return null;
  return (REDUCERS[id] ?? REDUCERS["lastNotNull"])?.of(/** @type {number[]} */ (numbers)) ?? null;
}

/** @param {string} id */
export function reducerTitle(id) {
  return id === "last" ? "Last" : (REDUCERS[id]?.title ?? id);
}

/** Whether values of this calculation have the unit of the samples. @param {string} id */
export function keepsUnit(id) {
  return id !== "count";
}
