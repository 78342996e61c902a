export { renderReport, type ReportOptions } from "./html.js";
export { reportCsv, reportJson } from "./export.js";
export type { Figure, FigureDocument, FigureElement } from "./figures/draw.js";
export { renderWidthPage, type WidthCurve, type WidthStudy } from "./width-page.js";
