// What is configured about each field: the panel's defaults, then the overrides that name it.
/** @import {Field, FieldConfig, Frame, Override, PanelModel} from "./model.js" */
import { pattern } from "./display.js";

/** Frames whose fields carry their configuration and final name. @param {Frame[]} frames @param {PanelModel["fieldConfig"]} settings @returns {Frame[]} */
export function configured(frames, settings) {
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) => {
      if (field.type === "time") return { ...field, config: { unit: "dateTimeAsIso" } };
      const config = structuredClone(settings?.defaults ?? {});
      for (const override of settings?.overrides ?? []) if (isMatched(field, frame, override.matcher)) applied(config, override);
      return { ...field, config, name: displayName(config.displayName, field) };
    }),
  }));
}

/** @param {string | undefined} format @param {Field} field */
function displayName(format, field) {
  if (!format) return field.name;
  return format
    .replace(/\$\{__field\.labels\.([^}]+)\}/g, (_, label) => field.labels[label] ?? "")
    .replace(/\$\{__(?:series|field)\.name\}/g, () => field.name);
}

/** @param {Field} field @param {Frame} frame @param {Override["matcher"]} matcher */
function isMatched(field, frame, { id, options }) {
  switch (id) {
    case "byName":
      return field.name === options;
    case "byNames":
      return isNamed(field.name, options);
    case "byRegexp":
      return pattern(String(options))?.test(field.name) ?? false;
    case "byType":
      return field.type === options;
    case "byFrameRefID":
      return frame.refId === options;
    default:
      return false;
  }
}

/** @param {string} name @param {unknown} options */
function isNamed(name, options) {
  const { names = [], mode } = /** @type {{names?: string[], mode?: string}} */ (options ?? {});
  return names.includes(name) !== (mode === "exclude");
}

/** @param {FieldConfig} config @param {Override} override */
function applied(config, override) {
  for (const { id, value } of override.properties) {
    /** @type {Record<string, unknown>} */
    let place = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (config));
    const steps = id.split(".");
    if (steps.some((step) => step === "__proto__" || step === "constructor")) continue;
    for (const step of steps.slice(0, -1)) place = /** @type {Record<string, unknown>} */ (place[step] ??= {});
    place[steps.at(-1) ?? ""] = value;
  }
}
