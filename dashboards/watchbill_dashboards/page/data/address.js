// The page's own address: the same shape as Grafana's, so that one link serves both.
/** @import {VariableState} from "./model.js" */
import { queryParameter } from "./variable.js";

/** @typedef {{uid: string, variables: Map<string, string[]>, from: string, to: string, refresh: string | null, viewPanel: number | null}} Place */

/** What an address asks for; `from` and `to` are empty where it does not say. @param {URL} url @returns {Place} */
export function readAddress(url) {
  const [, marker = "", uid = ""] = url.pathname.split("/");
  /** @type {Map<string, string[]>} */
  const variables = new Map();
  for (const [key, value] of url.searchParams) {
    if (key.startsWith("var-")) variables.set(key.slice(4), [...(variables.get(key.slice(4)) ?? []), value]);
  }
  const panel = /^(?:panel-)?(\d+)$/.exec(url.searchParams.get("viewPanel") ?? "");
  return {
    uid: marker === "d" ? decodeURIComponent(uid) : "",
    variables,
    from: url.searchParams.get("from") ?? "",
    to: url.searchParams.get("to") ?? "",
    refresh: url.searchParams.get("refresh"),
    viewPanel: panel ? Number(panel[1]) : null,
  };
}

/** @param {Place} place @param {Iterable<VariableState>} states */
export function writeAddress({ uid, from, to, refresh, viewPanel }, states) {
  const parts = [...states].filter((state) => state.model.type !== "datasource").map(queryParameter).filter(Boolean);
  parts.push(`from=${encodeURIComponent(from)}`, `to=${encodeURIComponent(to)}`);
  if (refresh) parts.push(`refresh=${encodeURIComponent(refresh)}`);
  if (viewPanel !== null) parts.push(`viewPanel=${viewPanel}`);
  return `/d/${encodeURIComponent(uid)}?${parts.join("&")}`;
}

/** `from=…&to=…` for links that keep the time. @param {string} from @param {string} to */
export function timeQuery(from, to) {
  return `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`;
}
