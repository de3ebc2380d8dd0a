// Transformations of frames, under Grafana's ids.
/** @import {Cell, Field, Frame, Transformation} from "./model.js" */
import { pattern } from "./display.js";
import { rowCount } from "./frame.js";

/** @typedef {(frames: Frame[], options: Record<string, unknown>) => Frame[]} Step */

/** @type {Record<string, Step>} */
const STEPS = { merge, organize, sortBy, filterFieldsByName, limit };

/** Raises an Error that names a transformation the page does not know. @param {Frame[]} frames @param {Transformation[] | undefined} transformations */
export function transformed(frames, transformations) {
  let result = frames;
  for (const { id, options, disabled } of transformations ?? []) {
    if (disabled) continue;
    const step = STEPS[id];
    if (!step) throw new Error(`This page does not know the transformation "${id}"; open the dashboard in Grafana.`);
    result = step(result, options ?? {});
  }
  return result;
}

/** Rows of all frames in one; rows that agree in every common column and contradict in none become one. @type {Step} */
function merge(frames) {
  const filled = frames.filter((frame) => rowCount(frame) > 0);
  const first = filled[0];
  if (!first || filled.length === 1) return first ? [first] : frames.slice(0, 1);
  /** @type {Map<string, Field>} */
  const columns = new Map();
  for (const field of filled.flatMap((frame) => frame.fields)) if (!columns.has(field.name)) columns.set(field.name, field);
  const common = [...columns.keys()].filter((name) => filled.every((frame) => frame.fields.some((field) => field.name === name)));
  /** @type {Map<string, Map<string, Cell>[]>} */
  const groups = new Map();
  for (const row of filled.flatMap(rowsOf)) {
    const key = JSON.stringify(common.map((name) => row.get(name)));
    const group = groups.get(key) ?? [];
    const partner = common.length ? group.find((other) => [...row].every(([name, value]) => !other.has(name) || other.get(name) === value)) : undefined;
    if (partner) for (const [name, value] of row) partner.set(name, value);
    else group.push(row);
    groups.set(key, group);
  }
  const rows = [...groups.values()].flat();
  const fields = ordered([...columns.values()]).map((field) => ({ ...field, values: rows.map((row) => row.get(field.name) ?? null) }));
  return [{ refId: first.refId, name: first.name, fields }];
}

/** Labels before values, as the first frame has them. @param {Field[]} fields */
function ordered(fields) {
  return [...fields.filter((field) => field.type !== "number"), ...fields.filter((field) => field.type === "number")];
}

/** @param {Frame} frame */
function rowsOf(frame) {
  return Array.from({ length: rowCount(frame) }, (_, index) => new Map(frame.fields.map((field) => [field.name, field.values[index] ?? null])));
}

/** Columns left out, put in order, renamed. @type {Step} */
function organize(frames, options) {
  const excluded = record(options["excludeByName"]);
  const included = record(options["includeByName"]);
  const order = record(options["indexByName"]);
  const renamed = record(options["renameByName"]);
  const wanted = Object.keys(included).filter((name) => included[name]);
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields
      .filter((field) => !excluded[field.name] && (!wanted.length || wanted.includes(field.name)))
      .map((field, index) => ({ field, place: Number(order[field.name] ?? 1000 + index) }))
      .sort((one, other) => one.place - other.place)
      .map(({ field }) => ({ ...field, name: String(renamed[field.name] || field.name) })),
  }));
}

/** @type {Step} */
function sortBy(frames, options) {
  const wanted = /** @type {{field?: string, desc?: boolean}[]} */ (options["sort"] ?? [])[0];
  return wanted?.field ? frames.map((frame) => sortedFrame(frame, wanted.field ?? "", wanted.desc ?? false)) : frames;
}

/** @param {Frame} frame @param {string} name @param {boolean} descending @returns {Frame} */
export function sortedFrame(frame, name, descending) {
  const field = frame.fields.find((one) => one.name === name);
  if (!field) return frame;
  const order = field.values.map((_, index) => index).sort((one, other) => compared(field.values[one] ?? null, field.values[other] ?? null, descending));
  return { ...frame, fields: frame.fields.map((one) => ({ ...one, values: order.map((index) => one.values[index] ?? null), rows: one.rows && order.map((index) => one.rows?.[index] ?? {}) })) };
}

/** Empty cells stand last either way. @param {Cell} one @param {Cell} other @param {boolean} descending */
function compared(one, other, descending) {
  const blank = (/** @type {Cell} */ cell) => cell === null || cell === "" || (typeof cell === "number" && Number.isNaN(cell));
  if (blank(one) || blank(other)) return Number(blank(one)) - Number(blank(other));
  const order = typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other), "en", { numeric: true });
  return descending ? -order : order;
}

/** @type {Step} */
function filterFieldsByName(frames, options) {
  const include = /** @type {{names?: string[], pattern?: string}} */ (options["include"] ?? {});
  const exclude = /** @type {{names?: string[], pattern?: string}} */ (options["exclude"] ?? {});
  /** @param {{names?: string[], pattern?: string}} rule @param {string} name */
  const matches = (rule, name) => Boolean(rule.names?.includes(name) || (rule.pattern && pattern(rule.pattern)?.test(name)));
  const open = !include.names?.length && !include.pattern;
  return frames.map((frame) => ({ ...frame, fields: frame.fields.filter((field) => (open || matches(include, field.name)) && !matches(exclude, field.name)) }));
}

/** @type {Step} */
function limit(frames, options) {
  const most = Number(options["limitField"] ?? 10);
  return frames.map((frame) => ({ ...frame, fields: frame.fields.map((field) => ({ ...field, values: field.values.slice(0, most) })) }));
}

/** @param {unknown} value @returns {Record<string, unknown>} */
function record(value) {
  return typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value) : {};
}
