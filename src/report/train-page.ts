import type { TrainingStudy } from "../store/types.js";
import { html } from "./markup.js";
import { figureDocument, page } from "./page.js";
import { studyParts } from "./sections/training.js";

/** A training study as one HTML page that needs no network: what it says of the score, table, curves. */
export function renderTrainPage(study: TrainingStudy): string {
  return page({
    title: "Training · eigennas",
    top: "networks trained under one budget",
    version: study.version,
    main: html`<section id="training">
      <h1>Was the score right?</h1>
      ${studyParts(study, figureDocument())}
    </section>`,
  });
}
