// Series of one panel on common times: null where a sample is missing, undefined where a series has no step.
/** @import {Cell, Frame} from "./model.js" */

/** @typedef {{times: number[], columns: (number | null | undefined)[][]}} Aligned seconds, and a column per frame */

/** @param {Frame[]} frames @param {{from: number, to: number}} range milliseconds @returns {Aligned} */
export function aligned(frames, range) {
  const grids = frames.map((frame) => gridOf(frame, range));
  const times = [...new Set(grids.flat())].sort((one, other) => one - other);
  const places = new Map(times.map((time, index) => [time, index]));
  const columns = frames.map((frame, index) => {
    /** @type {(number | null | undefined)[]} */
    const column = new Array(times.length).fill(undefined);
    for (const time of grids[index] ?? []) column[places.get(time) ?? -1] = null;
    const values = frame.fields[1]?.values ?? [];
    frame.fields[0]?.values.forEach((time, row) => {
      const place = places.get(key(Number(time)));
      if (place !== undefined) column[place] = finite(values[row] ?? null);
    });
    return column;
  });
  return { times: times.map((time) => time / 1000), columns };
}

/** Every time a frame could have a sample at, in milliseconds. @param {Frame} frame @param {{from: number, to: number}} range */
function gridOf(frame, range) {
  const own = (frame.fields[0]?.values ?? []).map((time) => key(Number(time)));
  if (!frame.step) return own;
  const step = frame.step * 1000;
  const grid = [];
  for (let count = Math.floor(range.from / step); count * step <= range.to; count += 1) grid.push(key(count * step));
  return grid;
}

/** @param {number} milliseconds */
function key(milliseconds) {
  return Math.round(milliseconds);
}

/** @param {Cell} value */
function finite(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/**
 * Columns summed upwards within their groups; a missing sample adds nothing, and stays missing in its own column.
 * @param {(number | null | undefined)[][]} columns @param {(string | null)[]} groups null where a column is not stacked
 * @param {boolean} percent
 */
export function stacked(columns, groups, percent = false) {
  /** @type {Map<string, number[]>} */
  const sums = new Map();
  const totals = percent ? groupTotals(columns, groups) : null;
  return columns.map((column, index) => {
    const group = groups[index] ?? null;
    if (group === null) return column;
    const sum = sums.get(group) ?? new Array(column.length).fill(0);
    sums.set(group, sum);
    return column.map((value, row) => {
      if (value === null || value === undefined) return value;
      const share = totals ? value / (totals.get(group)?.[row] || 1) : value;
      sum[row] = (sum[row] ?? 0) + share;
      return sum[row];
    });
  });
}

/** @param {(number | null | undefined)[][]} columns @param {(string | null)[]} groups */
function groupTotals(columns, groups) {
  /** @type {Map<string, number[]>} */
  const totals = new Map();
  columns.forEach((column, index) => {
    const group = groups[index] ?? null;
    if (group === null) return;
    const total = totals.get(group) ?? new Array(column.length).fill(0);
    column.forEach((value, row) => (total[row] += value ?? 0));
    totals.set(group, total);
  });
  return totals;
}
