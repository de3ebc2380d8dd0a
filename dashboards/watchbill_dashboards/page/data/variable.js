// Variables in texts: `$name`, `${name}`, `${name:format}`, `[[name]]`.
/** @import {VariableState} from "./model.js" */

export const ALL = "$__all";
const REFERENCE = /\$\{(\w+)(?::([^}]+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)/g;

/** Values to put into texts: the dashboard's variables, and fixed texts such as `__interval`.
 * @typedef {{variables: Map<string, VariableState>, texts: Record<string, string>}} Scope
 */

/** Variables unknown to the scope stay as they are. @param {string} text @param {Scope} scope @param {string} [format] of references that name none */
export function interpolated(text, scope, format = "promql") {
  return text.replace(REFERENCE, (whole, braced, bracedFormat, bracketed, bracketedFormat, plain) => {
    const name = braced ?? bracketed ?? plain;
    if (Object.hasOwn(scope.texts, name)) return scope.texts[name] ?? "";
    if (name === "__all_variables") return allVariables(scope);
    const state = scope.variables.get(name);
    return state ? formatted(state, bracedFormat ?? bracketedFormat ?? format) : whole;
  });
}

/** @param {string} text @returns {Set<string>} */
export function referencedNames(text) {
  return new Set([...text.matchAll(REFERENCE)].map((match) => match[1] ?? match[3] ?? match[5] ?? ""));
}

/** The values a selection stands for. @param {VariableState} state */
export function valuesOf(state) {
  return state.all ? state.options.map((option) => option.value) : state.selected;
}

/** @param {VariableState} state @param {string} format */
function formatted(state, format) {
  const { model } = state;
  if (format === "text") return state.all ? "All" : state.selected.map((value) => textOf(state, value)).join(" + ");
  if (format === "queryparam") return queryParameter(state);
  if (state.all && model.allValue) return model.allValue;
  const values = valuesOf(state);
  switch (format) {
    case "promql":
      return isPattern(state) ? alternatives(values.map((value) => inString(regexEscaped(value)))) : values.map(inString).join(",");
    case "regex":
      return alternatives(values.map(regexEscaped));
    case "pipe":
      return values.join("|");
    case "glob":
      return values.length > 1 ? `{${values.join(",")}}` : (values[0] ?? "");
    case "json":
      return JSON.stringify(values.length === 1 ? values[0] : values);
    case "doublequote":
      return values.map((value) => `"${value.replaceAll('"', '\\"')}"`).join(",");
    case "singlequote":
      return values.map((value) => `'${value.replaceAll("'", "\\'")}'`).join(",");
    case "percentencode":
      return encodeURIComponent(values.join(","));
    default:
      return values.join(",");
  }
}

/** Grafana writes a variable as a pattern when it can hold several values, even while it holds one. @param {VariableState} state */
function isPattern({ model }) {
  return Boolean(model.multi || model.includeAll);
}

/** @param {string[]} parts */
function alternatives(parts) {
  return parts.length === 1 ? (parts[0] ?? "") : `(${parts.join("|")})`;
}

/** @param {string} text */
function regexEscaped(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** As it stands between the double quotes of PromQL. @param {string} text */
function inString(text) {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** @param {VariableState} state @param {string} value */
function textOf(state, value) {
  return state.options.find((option) => option.value === value)?.text ?? value;
}

/** `var-route=/a&var-route=/b`. @param {VariableState} state */
export function queryParameter(state) {
  const values = state.all ? [ALL] : state.selected;
  return values.map((value) => `var-${encodeURIComponent(state.model.name)}=${encodeURIComponent(value)}`).join("&");
}

/** @param {Scope} scope */
function allVariables(scope) {
  return [...scope.variables.values()].map(queryParameter).filter(Boolean).join("&");
}
