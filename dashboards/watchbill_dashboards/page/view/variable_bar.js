// Selectors of the dashboard's variables.
/** @import {VariableState} from "../data/model.js" */
import { ALL } from "../data/variable.js";
import { element } from "./element.js";
import { icon } from "./icon.js";
import { attachPopover } from "./popover.js";

/** @typedef {(name: string, values: string[]) => void} Choose */

/** @param {Iterable<VariableState>} states @param {Choose} choose @returns {HTMLElement[]} */
export function variableControls(states, choose) {
  return [...states].filter(({ model }) => model.hide !== 2 && model.type !== "datasource" && model.type !== "constant").map((state) => control(state, choose));
}

/** @param {VariableState} state @param {Choose} choose */
function control(state, choose) {
  const { model } = state;
  const title = model.label || model.name;
  const box = element("div", { class: "variable", title: state.error || model.description || null, "data-variable": model.name });
  const name = element("span", { class: "variable-name" }, title, state.error ? icon("warning") : "");
  if (model.type === "textbox") {
    const input = element("input", { type: "text", class: "control", value: state.selected[0] ?? "", "aria-label": title, onchange: () => choose(model.name, [input.value]) });
    box.append(name, input);
  } else if (model.multi) box.append(name, many(state, title, choose));
  else box.append(name, one(state, title, choose));
  return box;
}

/** @param {VariableState} state @param {string} title @param {Choose} choose */
function one(state, title, choose) {
  const { model, options, selected, all } = state;
  const missing = selected.filter((value) => !options.some((option) => option.value === value));
  const select = element(
    "select",
    { class: "control", "aria-label": title, onchange: () => choose(model.name, [select.value]) },
    model.includeAll && element("option", { value: ALL }, "All"),
    ...missing.map((value) => element("option", { value }, value)),
    ...options.map((option) => element("option", { value: option.value }, option.text)),
  );
  select.value = all ? ALL : (selected[0] ?? "");
  return select;
}

/** @param {VariableState} state @param {string} title @param {Choose} choose */
function many(state, title, choose) {
  const shown = state.all ? "All" : state.selected.length > 2 ? `${state.selected.length} selected` : state.selected.join(", ") || "None";
  const button = element("button", { type: "button", class: "control", "aria-label": `${title}: ${shown}` }, element("span", { class: "variable-value" }, shown), icon("down"));
  attachPopover(button, (close) => choices(state, title, (values) => (close(), choose(state.model.name, values))), { label: title, class: "popover-choices" });
  return button;
}

/** @param {VariableState} state @param {string} title @param {(values: string[]) => void} apply */
function choices(state, title, apply) {
  const chosen = new Set(state.all ? [] : state.selected);
  const values = [...new Set([...state.options.map((option) => option.value), ...chosen])];
  const all = element("input", { type: "checkbox", checked: state.all });
  const boxes = values.map((value) => {
    const box = element("input", { type: "checkbox", checked: chosen.has(value), value, onchange: () => (all.checked = false) });
    return { value, box, row: element("label", { class: "choice" }, box, element("span", {}, value)) };
  });
  all.addEventListener("change", () => boxes.forEach(({ box }) => (box.checked = false)));
  const filter = element("input", { type: "search", placeholder: "Filter", "aria-label": `Filter ${title}`, oninput: () => boxes.forEach(({ row, value }) => (row.hidden = !value.toLowerCase().includes(filter.value.toLowerCase()))) });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const picked = boxes.filter(({ box }) => box.checked).map(({ value }) => value);
    apply(all.checked || !picked.length ? [ALL] : picked);
  };
  const everything = state.model.includeAll ? element("label", { class: "choice choice-all" }, all, element("span", {}, "All")) : "";
  const list = element("div", { class: "choices" }, everything, ...boxes.map(({ row }) => row), values.length ? "" : element("p", { class: "hint" }, state.error || "No values in this time range."));
  return [element("form", { onsubmit: submit }, values.length > 6 ? filter : "", list, element("button", { type: "submit", class: "primary" }, "Apply"))];
}
