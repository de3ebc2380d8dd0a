// A dashboard's panels in sections: each row with what stands under it.
/** @import {PanelModel} from "./model.js" */

/** @typedef {{row: PanelModel | null, panels: PanelModel[]}} Section */

/** Both ways a row can hold its panels are understood: nested in it, or following it in the list. @param {PanelModel[]} panels @returns {Section[]} */
export function sections(panels) {
  /** @type {Section[]} */
  const result = [];
  for (const panel of byPlace(panels)) {
    if (panel.type === "row") result.push({ row: panel, panels: byPlace(panel.panels ?? []) });
    else if (result.length) result.at(-1)?.panels.push(panel);
    else result.push({ row: null, panels: [panel] });
  }
  return result;
}

/** @param {PanelModel[]} panels */
function byPlace(panels) {
  return [...panels].sort((one, other) => (one.gridPos?.y ?? 0) - (other.gridPos?.y ?? 0) || (one.gridPos?.x ?? 0) - (other.gridPos?.x ?? 0));
}

/** @param {PanelModel[]} panels @param {number} id @returns {PanelModel | null} */
export function panelWithId(panels, id) {
  return panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).find((panel) => panel.id === id && panel.type !== "row") ?? null;
}
