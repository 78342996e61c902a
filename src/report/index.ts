export { renderReport, type ReportOptions } from "./html.js";
export { renderExplanation, type ExplainedNetwork } from "./explain-page.js";
export { reportCsv, reportJson } from "./export.js";
export type { Figure, FigureDocument, FigureElement } from "./figures/draw.js";
export type { WidthCurve } from "./figures/width.js";
export { renderWidthPage, type WidthStudy } from "./width-page.js";
export type { BenchPoint } from "./figures/bench.js";
export { renderBenchPage, type BenchStudy } from "./bench-page.js";
export { renderTrainPage, type TrainPageStudy } from "./train-page.js";
