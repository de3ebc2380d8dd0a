// The part of Grafana's classic dashboard model that the page draws, and what it makes of query results.

export type Labels = Record<string, string>;
export type Cell = number | string | null;

export interface Target {
  refId: string;
  expr?: string;
  legendFormat?: string;
  instant?: boolean;
  range?: boolean;
  exemplar?: boolean;
  format?: "time_series" | "table" | "heatmap";
  interval?: string;
  hide?: boolean;
}

export interface ThresholdStep {
  color: string;
  value: number | null;
}

export interface Thresholds {
  mode?: "absolute" | "percentage";
  steps?: ThresholdStep[];
}

export interface MappingResult {
  text?: string;
  color?: string;
  index?: number;
}

export type Mapping =
  | { type: "value"; options: Record<string, MappingResult> }
  | { type: "range"; options: { from: number | null; to: number | null; result: MappingResult } }
  | { type: "regex"; options: { pattern: string; result: MappingResult } }
  | { type: "special"; options: { match: string; result: MappingResult } };

export interface LinkModel {
  title?: string;
  url?: string;
  targetBlank?: boolean;
  type?: "link" | "dashboards";
  tags?: string[];
  tooltip?: string;
  asDropdown?: boolean;
  includeVars?: boolean;
  keepTime?: boolean;
}

export interface CustomField {
  drawStyle?: "line" | "bars" | "points";
  lineInterpolation?: "linear" | "smooth" | "stepBefore" | "stepAfter";
  lineWidth?: number;
  lineStyle?: { fill?: "solid" | "dash" | "dot"; dash?: number[] };
  fillOpacity?: number;
  gradientMode?: string;
  showPoints?: "auto" | "never" | "always";
  pointSize?: number;
  spanNulls?: boolean | number;
  stacking?: { mode?: "none" | "normal" | "percent"; group?: string };
  axisPlacement?: "auto" | "left" | "right" | "hidden" | "top" | "bottom";
  axisLabel?: string;
  axisSoftMin?: number;
  axisSoftMax?: number;
  axisCenteredZero?: boolean;
  scaleDistribution?: { type?: "linear" | "log"; log?: number };
  thresholdsStyle?: { mode?: string };
  hideFrom?: { viz?: boolean; legend?: boolean; tooltip?: boolean };
  hidden?: boolean;
  align?: "auto" | "left" | "center" | "right";
  width?: number;
  cellOptions?: { type?: string; mode?: string };
  displayMode?: string;
}

export interface FieldConfig {
  unit?: string;
  decimals?: number | null;
  min?: number | null;
  max?: number | null;
  displayName?: string;
  noValue?: string;
  thresholds?: Thresholds;
  mappings?: Mapping[];
  color?: { mode?: string; fixedColor?: string; seriesBy?: string };
  links?: LinkModel[];
  custom?: CustomField;
}

export interface Override {
  matcher: { id: string; options?: unknown };
  properties: { id: string; value?: unknown }[];
}

export interface Transformation {
  id: string;
  options?: Record<string, unknown>;
  disabled?: boolean;
}

export interface PanelOptions {
  legend?: { showLegend?: boolean; displayMode?: string; placement?: string; calcs?: string[]; sortBy?: string; sortDesc?: boolean };
  tooltip?: { mode?: "single" | "multi" | "none"; sort?: "none" | "asc" | "desc" };
  reduceOptions?: { calcs?: string[]; fields?: string; values?: boolean; limit?: number };
  colorMode?: string;
  graphMode?: string;
  textMode?: string;
  orientation?: "auto" | "horizontal" | "vertical";
  justifyMode?: string;
  sortBy?: { displayName: string; desc?: boolean }[];
  showHeader?: boolean;
  mode?: string;
  content?: string;
}

export interface PanelModel {
  id: number;
  type: string;
  title?: string;
  description?: string;
  gridPos?: { x: number; y: number; w: number; h: number };
  targets?: Target[];
  options?: PanelOptions;
  fieldConfig?: { defaults?: FieldConfig; overrides?: Override[] };
  transformations?: Transformation[];
  links?: LinkModel[];
  interval?: string | null;
  maxDataPoints?: number | null;
  timeFrom?: string | null;
  collapsed?: boolean;
  panels?: PanelModel[];
  transparent?: boolean;
  repeat?: string;
  repeatDirection?: "h" | "v";
  maxPerRow?: number;
  /** Values a repeated panel was made for. */
  scopedVariables?: Record<string, string>;
}

export interface VariableModel {
  name: string;
  type: string;
  label?: string | null;
  description?: string | null;
  query?: string | { query?: string };
  definition?: string;
  current?: { text?: unknown; value?: unknown };
  options?: { text?: unknown; value?: unknown; selected?: boolean }[];
  multi?: boolean;
  includeAll?: boolean;
  allValue?: string | null;
  regex?: string;
  sort?: number;
  hide?: number;
  auto?: boolean;
}

export interface AnnotationModel {
  name: string;
  enable?: boolean;
  hide?: boolean;
  iconColor?: string;
  expr?: string;
  target?: { expr?: string; step?: string; interval?: string };
  step?: string;
  titleFormat?: string;
  textFormat?: string;
  tagKeys?: string;
  useValueForTime?: boolean | string;
  builtIn?: number;
}

export interface DashboardModel {
  uid: string;
  title: string;
  description?: string;
  tags?: string[];
  time?: { from?: string; to?: string };
  refresh?: string | boolean;
  timezone?: string;
  graphTooltip?: number;
  panels?: PanelModel[];
  templating?: { list?: VariableModel[] };
  annotations?: { list?: AnnotationModel[] };
  links?: LinkModel[];
}

export interface DashboardSummary {
  uid: string;
  title: string;
  description?: string | null;
  tags?: string[] | null;
}

export interface StackFacts {
  scrape_interval_seconds?: number;
}

export interface Notification {
  id: string | number;
  received_at?: string | number;
  receiver?: string;
  status?: string;
  alertname?: string;
  severity?: string;
  service?: string;
  summary?: string;
  description?: string;
  runbook_url?: string;
  dashboard_url?: string;
  starts_at?: string;
}

export interface Alert {
  labels: Labels;
  annotations: Labels;
  state: string;
  activeAt?: string;
  value?: string;
}

/** Milliseconds since the epoch. */
export interface TimeRange {
  from: number;
  to: number;
}

export interface Field {
  name: string;
  type: "time" | "number" | "string";
  values: Cell[];
  labels: Labels;
  config: FieldConfig;
  /** Sources of a cell's links, by row: the values of all its columns under their first names. */
  rows?: Record<string, Cell>[];
}

export interface Frame {
  refId: string;
  name: string;
  fields: Field[];
  /** Distance of two samples in seconds; absent for instant queries and tables. */
  step?: number;
}

export interface Exemplar {
  time: number;
  value: number;
  labels: Labels;
  seriesLabels: Labels;
}

export interface AnnotationMark {
  from: number;
  to: number;
  title: string;
  text: string;
  tags: string[];
  color: string;
}

export interface QueryReport {
  refId: string;
  expr: string;
  address: string;
  step: number | null;
  series: number;
  milliseconds: number;
  error: string;
  warnings: string[];
}

export interface PanelData {
  frames: Frame[];
  exemplars: Exemplar[];
  annotations: AnnotationMark[];
  queries: QueryReport[];
  range: TimeRange;
}

export interface Display {
  text: string;
  color: string | null;
}

export interface VariableState {
  model: VariableModel;
  options: { text: string; value: string }[];
  selected: string[];
  all: boolean;
  error: string;
}
