// The values a variable can take, and which of them is selected.
/** @import {VariableModel, VariableState} from "./model.js" */
/** @import {Cycle} from "./cycle.js" */
import { pattern } from "./display.js";
import { seriesOf, seriesText } from "./frame.js";
import { ALL, interpolated, referencedNames } from "./variable.js";

/** States of all variables, in the order of the dashboard. `wanted` holds the values of the address.
 * @param {VariableModel[]} models @param {Map<string, string[]>} wanted @param {Cycle} cycle @returns {Promise<Map<string, VariableState>>}
 */
export async function variableStates(models, wanted, cycle) {
  /** @type {Map<string, Promise<VariableState>>} */
  const loading = new Map();
  for (const model of models) {
    const needed = [...referencedNames(queryText(model))].map((name) => loading.get(name));
    loading.set(model.name, Promise.all(needed).then((states) => loaded(model, wanted.get(model.name), cycle, states)));
  }
  const states = await Promise.all(loading.values());
  return new Map(states.map((state) => [state.model.name, state]));
}

/** @param {VariableModel} model @param {string[] | undefined} wanted @param {Cycle} cycle @param {(VariableState | undefined)[]} needed */
async function loaded(model, wanted, cycle, needed) {
  for (const state of needed) if (state) cycle.variables.set(state.model.name, state);
  /** @type {VariableState} */
  const state = { model, options: [], selected: [], all: false, error: "" };
  try {
    state.options = await optionsOf(model, cycle);
  } catch (error) {
    cycle.prometheus.signal.throwIfAborted();
    state.error = error instanceof Error ? error.message : String(error);
  }
  const usable = defaults(model).filter((value) => value === ALL || !state.options.length || state.options.some((option) => option.value === value));
  select(state, wanted ?? usable);
  return state;
}

/** Selects values; `All`, or nothing where All exists, selects everything. @param {VariableState} state @param {string[]} values */
export function select(state, values) {
  const { model, options } = state;
  const given = values.filter((value) => value !== "" || model.type === "textbox");
  if (model.includeAll && (given.includes(ALL) || (given.includes("All") && !options.some((option) => option.value === "All")) || !given.length)) {
    state.all = true;
    state.selected = [];
    return;
  }
  state.all = false;
  state.selected = model.multi ? [...new Set(given)] : given.slice(0, 1);
  const first = options[0];
  if (!state.selected.length && first) state.selected = [first.value];
}

/** @param {VariableModel} model */
function defaults(model) {
  const { value } = model.current ?? {};
  const values = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string" || typeof one === "number").map(String);
  return values.length || (model.type !== "constant" && model.type !== "textbox") ? values : [queryText(model)];
}

/** @param {VariableModel} model */
function queryText(model) {
  const { query } = model;
  return (typeof query === "string" ? query : query?.query) || model.definition || "";
}

/** @param {VariableModel} model @param {Cycle} cycle @returns {Promise<{text: string, value: string}[]>} */
async function optionsOf(model, cycle) {
  switch (model.type) {
    case "query":
      return filtered(await queried(interpolated(queryText(model), cycle.scope()), cycle), model);
    case "custom":
      return splitList(queryText(model)).map((part) => {
        const pair = /^(.+?)\s+:\s+(.+)$/.exec(part);
        return pair ? { text: pair[1] ?? part, value: pair[2] ?? part } : { text: part, value: part };
      });
    case "interval":
      return splitList(queryText(model)).filter((part) => part !== "auto").map((part) => ({ text: part, value: part }));
    case "datasource":
      return [{ text: "Prometheus", value: "prometheus" }];
    default:
      return [];
  }
}

/** @param {string} text */
function splitList(text) {
  return text.split(/(?<!\\),/).map((part) => part.replaceAll("\\,", ",").trim()).filter(Boolean);
}

/** @param {string} query @param {Cycle} cycle @returns {Promise<string[]>} */
async function queried(query, { prometheus, range }) {
  const span = { start: range.from / 1000, end: range.to / 1000 };
  const labels = /^label_values\(\s*(?:(.+?)\s*,\s*)?([a-zA-Z_]\w*)\s*\)$/s.exec(query.trim());
  if (labels) return prometheus.labelValues(labels[2] ?? "", labels[1] ?? null, span);
  const names = /^metrics\((.*)\)$/s.exec(query.trim());
  if (names) return (await prometheus.labelValues("__name__", null, span)).filter((name) => pattern(names[1] ?? "")?.test(name));
  if (/^label_names\(\)$/.test(query.trim())) return prometheus.labelValues("", null, span);
  const result = /^query_result\((.*)\)$/s.exec(query.trim());
  if (!result) throw new Error(`"${query}" is no variable query; use label_values(<selector>, <label>)`);
  const answer = await prometheus.result(prometheus.queryAddress(result[1] ?? "", span.end));
  return seriesOf(answer.result).map((series) => `${seriesText(series.metric)} ${series.value?.[1] ?? ""}`);
}

/** @param {string[]} values @param {VariableModel} model */
function filtered(values, { regex, sort }) {
  const filter = regex ? pattern(regex) : undefined;
  const kept = values.flatMap((value) => {
    if (!filter) return [{ text: value, value }];
    const match = filter.exec(value);
    if (!match) return [];
    const caught = match.groups?.["value"] ?? match[1] ?? value;
    return [{ text: match.groups?.["text"] ?? caught, value: caught }];
  });
  const unique = [...new Map(kept.map((option) => [option.value, option])).values()];
  return sorted(unique, sort ?? 0);
}

/** Grafana numbers its orders: 1 and 2 by letter, 3 and 4 by number, 5 and 6 without case; even ones descend.
 * @param {{text: string, value: string}[]} options @param {number} order
 */
function sorted(options, order) {
  if (order < 1) return options;
  const isNumeric = order === 3 || order === 4 || order > 6;
  const result = [...options].sort((one, other) => one.text.localeCompare(other.text, "en", { numeric: isNumeric, sensitivity: order >= 5 ? "base" : "variant" }));
  return order % 2 === 0 ? result.reverse() : result;
}
